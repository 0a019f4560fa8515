/* How many connections does the server serve at once? connect_all() opened them
 * in batches until one was refused; batches are quick but blur the edge, and a
 * server may have dropped some that it had accepted. So each one that is held
 * echoes one more byte, all of them at once, and those that do are the answer. */
#include "fleet.h"

/* What ended the opening: asked then, before later phases add losses of their own. */
const char *ceiling_reason(const struct fleet *fleet)
{
    switch (fleet->first_error) {
    case -1:
        return "cap";
    case CONNECT_REFUSED:
        return "connect_refused";
    case CONNECT_TIMEOUT:
    case REPLY_TIMEOUT:
        return "timeout";
    case OWN_LIMIT:
        return "own_limit";
    case CORRUPT:
        return "corrupt";
    case EXTRA:
        return "extra";
    case STATUS_OTHER:
        return "status";
    case CONNECT_OTHER:
        return "connect_other";
    default:
        return "closed";
    }
}

void ceiling_prove(struct fleet *fleet)
{
    window_open(fleet);
    fleet->window_end = UINT64_MAX;
    for (uint32_t i = 0; i < fleet->total && !fleet->stopped; i++) {
        struct connection *c = &fleet->connections[i];
        if (c->state != READY)
            continue;
        if (fleet->options.exchange.kind == ECHO)
            c->asked = c->written = ++c->answered; /* another byte than the first time */
        c->state = REPROVING;
        c->stamp = fleet->now;
        fleet->busy++;
        prove_send(fleet, c);
    }
    while (fleet->busy > 0 && !fleet->stopped)
        events_turn(fleet, UINT64_MAX);
    window_close(fleet);
}
