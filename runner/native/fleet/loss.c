/* 2 connection: how a connection is lost, and under which name it is counted. */
#include "connection.h"
#include "errors.h"

void lose(struct connections *all, struct connection *c, enum error_kind kind)
{
    struct counts *counts = &all->counts;
    switch (c->state) {
    case CONNECTING:
    case PROVING:
        counts->connecting--;
        counts->refused++;
        break;
    case BUSY:
    case REPROVING:
        counts->busy--;
        /* fall through */
    default:
        if (is_idle(all, c))
            counts->idle_alive--;
        else
            counts->active_alive--;
    }
    count_error(all, kind);
    connection_close(all, c);
    c->state = CLOSED;
}

static enum error_kind own_limit(struct counts *counts, const char *what)
{
    counts->limit = what;
    counts->limit_granted = counts->active_alive + counts->idle_alive;
    return OWN_LIMIT;
}

/* 0 stands for an end of file. After the peer's FIN the kernel reports a later RST as EPIPE, so
 * ECONNRESET means an RST and nothing else. */
void lose_by_errno(struct connections *all, struct connection *c, int error)
{
    enum error_kind kind;
    bool opening = c->state == CONNECTING || c->anew;
    if (own_lack(error))
        kind = own_limit(&all->counts, own_lack(error));
    else if (opening && error == ECONNREFUSED)
        kind = CONNECT_REFUSED;
    else if (opening && error == ETIMEDOUT)
        kind = CONNECT_TIMEOUT;
    else if (opening && !peer_gone(error))
        kind = CONNECT_OTHER;
    else if (c->state == CONNECTING || c->state == PROVING)
        kind = REFUSED;
    else if (is_idle(all, c))
        kind = IDLE_LOST;
    else if (error == 0 || error == EPIPE)
        kind = CLOSED_EARLY;
    else
        kind = RESET;
    lose(all, c, kind);
}

/* Every tick: lose the connections that have waited too long. Idle connections wait for nothing,
 * so while none is being opened only the active ones are examined. */
void lose_overdue(struct connections *all)
{
    uint64_t now = all->clock->now;
    bool every = all->counts.connecting > 0 || all->until_refused;
    uint64_t end = every ? all->total : all->active;

    if (all->counts.connecting == 0 && all->counts.busy == 0)
        return;
    for (uint64_t i = 0; i < end; i++) {
        struct connection *c = &all->table[i];
        uint64_t waited = now > c->stamp ? now - c->stamp : 0;
        if (c->state == CONNECTING && waited >= all->connect_timeout)
            lose(all, c, CONNECT_TIMEOUT);
        else if ((c->state == PROVING || c->state == BUSY || c->state == REPROVING) &&
                 waited >= all->reply_timeout)
            lose(all, c, REPLY_TIMEOUT);
    }
}
