/* 4 workload: streams. The load generator reads from listeners, and does not read from stalled ones.
 *
 * aplay promises that a listener that stops reading costs the other listeners nothing. To test this,
 * some connections ask to play and are never read. They are counted apart, and the server may drop them
 * without an error. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "errors.h"
#include "fleet.h"
#include "json.h"

#define ENDED (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

void stream_create(struct fleet *fleet)
{
    tone_create();
    fleet->stream.listeners = calloc(fleet->all.total + 1, sizeof *fleet->stream.listeners);
    if (!fleet->stream.listeners)
        fail("calloc: no memory for %u listeners", (unsigned)fleet->all.total);
}

/* A change of the events makes the kernel check the socket again. If bytes have arrived, the kernel
 * queues the descriptor behind the ready ones. */
static void watch(struct fleet *fleet, struct connection *c, uint32_t events)
{
    struct epoll_event event = {.events = events | EPOLLRDHUP | EPOLLET,
                                .data.u32 = index_of(&fleet->all, c)};
    if (epoll_ctl(fleet->all.epoll, EPOLL_CTL_MOD, c->fd, &event) == -1)
        fail("epoll_ctl: %s", strerror(errno));
}

static void stalled_dropped(struct fleet *fleet, struct connection *c)
{
    fleet->stream.stalled_dropped++;
    fleet->all.counts.idle_alive--;
    connection_close(&fleet->all, c);
    c->state = CLOSED;
}

static bool prove(struct fleet *fleet, struct connection *c)
{
    return control_send(fleet, c, STATUS);
}

static void event(struct fleet *fleet, struct connection *c, uint32_t events)
{
    if (listener_of(fleet, c)->stalled) {
        if (events & ENDED)
            stalled_dropped(fleet, c);
        return;
    }
    while (events & (EPOLLIN | ENDED)) {
        ssize_t n = recv(c->fd, fleet->all.buffer, BUFFER_BYTES, 0);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN)
            return;
        if (n <= 0) {
            lose_by_errno(&fleet->all, c, n == 0 ? 0 : errno);
            return;
        }
        clock_read(&fleet->clock);
        if (!listener_bytes(fleet, c, (size_t)n))
            return;
        if (n == BUFFER_BYTES) {
            watch(fleet, c, EPOLLIN); /* a flood: other connections and the ticks come first */
            return;
        }
        if (!(events & ENDED))
            return; /* a short read has emptied the socket */
    }
}

/* Ask to play, and never read. Not even EPOLLIN is watched. */
static void stall(struct fleet *fleet, struct connection *c)
{
    if (control_send(fleet, c, PLAY)) {
        listener_of(fleet, c)->stalled = true;
        fleet->stream.stalled_asked++;
        watch(fleet, c, 0);
    }
}

/* Listeners begin at different times. If all frames were due at the same time, their lateness would
 * include the load generator's own queue. */
static void begin(struct fleet *fleet)
{
    struct connections *all = &fleet->all;
    uint64_t start = fleet->clock.now;
    for (uint32_t i = 0; i < all->total && !fleet->loop.stopped; i++) {
        struct connection *c = &all->table[i];
        double share = (double)fleet->streaming->spread * i / all->total;
        run_until(&fleet->loop, NULL, start + (uint64_t)share);
        if (c->state == READY && is_idle(all, c))
            stall(fleet, c);
        else if (c->state == READY)
            control_ask(fleet, c, PLAY);
    }
    fleet->stream.next_line = fleet->loop.wake = fleet->clock.now;
}

/* Plays too short for a good anchor are judged by the anchor that they have. */
static void drained(struct fleet *fleet)
{
    for (uint64_t i = 0; i < fleet->all.active; i++)
        schedule_flush(fleet, &fleet->stream.listeners[i]);
}

const struct workload stream_workload = {
    .begin = begin, .prove = prove, .event = event, .due = control_due, .next = control_next,
    .drained = drained};
