/* 4 workload: the closed loop. Each active connection always has its requests in flight, or thinks
 * between a reply and the next request. */
#include "fleet.h"

/* Begin requests until `pipeline` are in flight. The caller sends them. */
static void begin_all(struct fleet *fleet, struct connection *c, uint64_t due)
{
    while (c->asked - c->answered < fleet->load->pipeline)
        request_begin(&fleet->all, c, due);
}

/* Begin the next request, or start to think when all requests are answered. */
static void refill(struct fleet *fleet, struct connection *c)
{
    const struct dist *think = &fleet->load->think;
    if (think->high == 0) {
        begin_all(fleet, c, fleet->clock.now);
    } else if (c->asked == c->answered) {
        uint64_t random = pattern_tag(~fleet->all.pattern.seed, index_of(&fleet->all, c), c->answered);
        timer_set(&fleet->loop, c, fleet->clock.now + dist_draw(think, random));
    }
}

/* The first request of a connection, or the first one of a turn. */
static void start(struct fleet *fleet, struct connection *c)
{
    reply_look(&fleet->all, c);
    if (c->state != READY)
        return;
    clock_read(&fleet->clock);
    refill(fleet, c);
    requests_send(&fleet->all, c);
}

static void begin(struct fleet *fleet)
{
    for (uint64_t i = 0; i < fleet->driven && !fleet->loop.stopped; i++)
        start(fleet, &fleet->all.table[i]);
    load_begin(fleet);
}

/* A think time or the pause of a slow client is over. */
static void expired(struct fleet *fleet, struct connection *c)
{
    struct window *window = &fleet->loop.window;
    uint64_t when = c->stamp;
    if (is_slow(fleet, c)) {
        slow_turn(fleet, c);
        return;
    }
    clock_read(&fleet->clock);
    if (window_holds(window, when))
        hdr_record(&window->lag, fleet->clock.now - when);
    reply_look(&fleet->all, c);
    if (c->state == CLOSED)
        return;
    begin_all(fleet, c, when);
    requests_send(&fleet->all, c);
}

/* Start every connection that the ramp includes by now. With think times a connection starts by
 * thinking: otherwise the first requests would be one burst. */
static void due(struct fleet *fleet)
{
    timers_turn(&fleet->loop, expired);
    churn_turn(fleet);
    for (uint64_t most = ramp_of(fleet, slow_first(fleet)); fleet->driven < most; fleet->driven++)
        start(fleet, &fleet->all.table[fleet->driven]);
}

static uint64_t next(const struct fleet *fleet)
{
    return earlier(load_next(fleet), ramp_next(fleet));
}

static void answered_closed(struct fleet *fleet, struct connection *c, uint64_t at, enum reply_kind kind)
{
    if (load_answered(fleet, c, at, kind) && !fleet->loop.draining && !fleet->loop.turns.holding)
        refill(fleet, c);
}

const struct workload closed_workload = {
    .begin = begin, .prove = load_prove, .event = load_event, .due = due, .next = next,
    .answered = answered_closed};
