/* The stream workload in the one loop: reading from listeners, and not from those
 * who stall on purpose.
 *
 * aplay promises that a listener who does not read disturbs nobody. To see whether
 * it keeps that promise some connections ask to play and are never read from: what
 * happens to them is counted apart, and being dropped is no error but the rule. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fleet.h"

#define ENDED (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

void stream_create(struct fleet *fleet)
{
    tone_create();
    fleet->listeners = calloc(fleet->total + 1, sizeof *fleet->listeners);
    if (!fleet->listeners)
        fail("calloc: no memory for %u listeners", (unsigned)fleet->total);
}

/* Changing what is watched makes the kernel look again at once, and queue the
 * descriptor behind the others if there is something. */
static void watch(struct fleet *fleet, struct connection *c, uint32_t events)
{
    struct epoll_event event = {.events = events | EPOLLRDHUP | EPOLLET,
                                .data.u32 = (uint32_t)(c - fleet->connections)};
    if (epoll_ctl(fleet->epoll, EPOLL_CTL_MOD, c->fd, &event) == -1)
        fail("epoll_ctl: %s", strerror(errno));
}

static void stalled_dropped(struct fleet *fleet, struct connection *c)
{
    fleet->stream.stalled_dropped++;
    fleet->idle_alive--;
    connection_close(fleet, c);
    c->state = CLOSED;
}

/* Something happened to a connection that is being served, or about to be. */
void stream_event(struct fleet *fleet, struct connection *c, uint32_t events)
{
    if (listener_of(fleet, c)->stalled) {
        if (events & ENDED)
            stalled_dropped(fleet, c);
        return;
    }
    while (events & (EPOLLIN | ENDED)) {
        ssize_t n = recv(c->fd, fleet->buffer, BUFFER_BYTES, 0);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN)
            return;
        if (n <= 0) {
            lose_by_errno(fleet, c, n == 0 ? 0 : errno);
            return;
        }
        fleet->now = clock_now();
        if (!listener_bytes(fleet, c, (size_t)n))
            return;
        if (n == BUFFER_BYTES) {
            watch(fleet, c, EPOLLIN); /* a flood: the others and the clocks have their turn */
            return;
        }
        if (!(events & ENDED))
            return; /* a short read has emptied the socket */
    }
}

/* Ask for the play, and never read. Not even told when something comes. */
static void stall(struct fleet *fleet, struct connection *c)
{
    if (control_send(fleet, c, PLAY)) {
        listener_of(fleet, c)->stalled = true;
        fleet->stream.stalled_asked++;
        watch(fleet, c, 0);
    }
}

/* Listeners come at different moments: were all frames due at the same one, their
 * lateness would be the length of our own queue as well. */
void stream_begin(struct fleet *fleet)
{
    uint64_t start = fleet->now;
    for (uint32_t i = 0; i < fleet->total && !fleet->stopped; i++) {
        struct connection *c = &fleet->connections[i];
        uint64_t turn = start + (uint64_t)((double)fleet->options.spread * i / fleet->total);
        while (fleet->now < turn && !fleet->stopped)
            events_turn(fleet, turn);
        if (c->state == READY && is_idle(fleet, c))
            stall(fleet, c);
        else if (c->state == READY)
            control_ask(fleet, c, PLAY);
    }
    fleet->stream.next_line = fleet->now;
}

/* Plays too short for a good anchor are judged by the one they have. */
void stream_end(struct fleet *fleet)
{
    for (uint64_t i = 0; i < fleet->options.active; i++)
        schedule_flush(fleet, &fleet->listeners[i]);
}
