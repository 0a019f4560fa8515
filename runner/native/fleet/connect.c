/* 3 loop: open every connection, at most `in_flight` at a time, so that the result does not depend
 * on the length of the server's listen queue. */
#include "errors.h"
#include "loop.h"

/* Active connections are opened evenly among the idle ones, so that they are not all at one end of
 * the server's table. */
static uint32_t index_at(const struct connections *all, uint64_t ordinal)
{
    uint64_t before = ordinal * all->active / all->total, after = (ordinal + 1) * all->active / all->total;
    return (uint32_t)(after > before ? before : all->active + ordinal - before);
}

/* The load generator itself lacks something, which says nothing about the server: count all connections
 * that are left as OWN_LIMIT, and open no more. */
static void own_limit(struct connections *all, struct opening *opening, const char *what)
{
    struct counts *counts = &all->counts;
    counts->limit = what;
    counts->limit_granted = opening->opened;
    counts->errors[OWN_LIMIT] += all->total - opening->opened;
    opening->opened = all->total;
    if (counts->first_error == -1)
        counts->first_error = OWN_LIMIT;
}

/* Watch the descriptor and try to send the proof at once: over loopback the handshake is over when
 * connect() returns EINPROGRESS. `fd` -1: the connection is lost by errno. */
static void begin(struct loop *loop, struct connection *c, int fd)
{
    struct connections *all = loop->all;
    all->counts.connecting++;
    c->state = CONNECTING;
    c->fd = fd;
    c->last = last_carried(all, c);
    c->stamp = loop->clock->now;
    if (fd == -1 || !connection_watch(all, c))
        lose_by_errno(all, c, errno);
    else if (loop->workload->prove(loop->fleet, c))
        c->state = PROVING;
}

static void open_next(struct loop *loop)
{
    struct connections *all = loop->all;
    struct opening *opening = &loop->opening;
    struct connection *c = &all->table[index_at(all, opening->opened)];
    clock_read(loop->clock);
    int fd = source_connect(all->source, opening->opened, opening->small_idle && is_idle(all, c));
    if (fd == -1 && own_lack(errno)) {
        own_limit(all, opening, own_lack(errno));
        return;
    }
    opening->opened++;
    begin(loop, c, fd);
}

/* Reopen a connection that was closed. */
void connect_again(struct loop *loop, struct connection *c)
{
    clock_read(loop->clock);
    begin(loop, c, source_connect(loop->all->source, (uint32_t)loop->all->counts.reopened++, false));
}

static bool may_open(const struct loop *loop)
{
    const struct counts *counts = &loop->all->counts;
    bool ceiling_met = loop->all->until_refused && counts->first_error != -1;
    return loop->opening.opened < loop->all->total && counts->connecting < loop->opening.in_flight &&
           !ceiling_met;
}

void connect_all(struct loop *loop)
{
    loop->phase = "connecting";
    while (!loop->stopped) {
        /* Bounded, so that signals and ticks are handled even if every connect() fails at once. */
        for (uint64_t n = 0; n < loop->opening.in_flight && may_open(loop); n++)
            open_next(loop);
        if (loop->all->counts.connecting == 0 && !may_open(loop))
            break;
        events_turn(loop, may_open(loop) ? 0 : UINT64_MAX);
    }
    loop->phase = NULL;
}
