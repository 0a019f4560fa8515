/* 4 workload: how many connections does the server serve at once?
 *
 * connect_all() opens them in batches until one is refused. Batches are fast, but they blur
 * the limit, and a server may have dropped connections that it had accepted. So every open
 * connection proves service once more, all at once. The result is the number of second proofs. */
#include "fleet.h"

/* What ended the opening. Later phases add losses of their own, so call this before them. */
const char *ceiling_reason(const struct counts *counts)
{
    switch (counts->first_error) {
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

static void begin(struct fleet *fleet)
{
    struct connections *all = &fleet->all;
    for (uint32_t i = 0; i < all->total && !fleet->loop.stopped; i++) {
        struct connection *c = &all->table[i];
        if (c->state != READY)
            continue;
        if (all->exchange->kind == ECHO)
            c->asked = c->written = ++c->answered; /* another byte than the first time */
        c->state = REPROVING;
        c->stamp = fleet->clock.now;
        all->counts.busy++;
        prove_send(all, c);
    }
}

static void answered_ceiling(struct fleet *fleet, struct connection *c, uint64_t at, enum reply_kind kind)
{
    load_answered(fleet, c, at, kind);
}

/* Nothing is due by the clock. */
const struct workload ceiling_workload = {
    .begin = begin, .prove = load_prove, .event = load_event, .answered = answered_ceiling};
