/* Connections that are closed and opened anew: after so many requests, because the server
 * said it would close, or at a rate of their own.
 *
 * Closed it rests: it has no descriptor, and is opened when there is something to send.
 * Its first request goes out with the handshake and proves that it is served, so an opening
 * costs no round trip of its own; what was asked and not sent, or not answered, goes with it. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fleet.h"

/* Is its last request answered, or will the server close? */
bool churn_over(const struct fleet *fleet, const struct connection *c)
{
    bool http = fleet->options.exchange.kind == HTTP;
    return c->answered == c->last || (http && http_closes(&c->reply));
}

void churn_rest(struct fleet *fleet, struct connection *c)
{
    (void)fleet;
    close(c->fd);
    c->fd = -1;
    c->written = c->answered;
    c->sent = 0;
    c->reply = (struct reply){0};
}

void churn_reopen(struct fleet *fleet, struct connection *c)
{
    uint64_t most = fleet->options.per_connection;
    c->fd = source_connect(fleet, (uint32_t)fleet->reopened++, false);
    c->last = most > 0 ? c->answered + (uint32_t)most : UINT32_MAX;
    c->anew = true;
    if (c->fd != -1 && watch_all(fleet, c))
        return;
    int error = errno;
    if (error == EADDRNOTAVAIL || error == EMFILE || error == ENFILE || error == ENOBUFS) {
        fleet->limit = error == EADDRNOTAVAIL ? "ports" : error == ENOBUFS ? "memory" : "nofile";
        fleet->limit_granted = fleet->active_alive + fleet->idle_alive;
        lose(fleet, c, OWN_LIMIT);
    } else {
        lose_by_errno(fleet, c, error);
    }
}
