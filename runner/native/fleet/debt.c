/* 4 workload: what the server owes to a listener, and how the server failed it. */
#include "fleet.h"

struct listener *listener_of(const struct fleet *fleet, const struct connection *c)
{
    return &fleet->stream.listeners[index_of(&fleet->all, c)];
}

/* `errors` counts a listener once for each kind of error, whenever it occurred. */
void listener_fault(struct fleet *fleet, struct listener *listener, enum error_kind kind)
{
    fleet->all.counts.errors[kind] += !(listener->faults >> kind & 1);
    listener->faults |= 1U << kind;
}

/* Since when has the server owed a frame or an answer? */
static uint64_t owed_since(const struct listener *listener)
{
    if (listener->command == NOTHING)
        return listener->heard;
    return listener->playing ? earlier(listener->heard, listener->sent) : listener->sent;
}

/* The server owes an answer to every line, and frames to every listener that plays. After the window
 * it owes one more frame, so that a silent server is noticed. */
void listener_settle(struct fleet *fleet, struct connection *c)
{
    const struct listener *listener = listener_of(fleet, c);
    bool heard_enough = fleet->loop.draining && listener->heard > fleet->loop.window.end;
    bool owes = listener->command != NOTHING || (listener->playing && !heard_enough);
    if (owes)
        c->stamp = owed_since(listener);
    if (owes && c->state == READY) {
        c->state = BUSY;
        fleet->all.counts.busy++;
    } else if (!owes && c->state == BUSY) {
        c->state = READY;
        fleet->all.counts.busy--;
    }
}
