/* Connections that are closed and opened anew: after so many requests, because the server
 * said it would close, or at a rate of their own.
 *
 * Closed it rests, and is opened when there is something to send. One that is closed by RST
 * keeps its socket meanwhile, with its options and its place among what is watched: to end a
 * connection and begin another are then two calls and not seven.
 * Its first request goes out with the handshake and proves that it is served, so an opening
 * costs no round trip of its own; what was asked and not sent, or not answered, goes with it. */
#include <errno.h>

#include "fleet.h"

/* Is its last request answered, or will the server close? */
bool churn_over(const struct fleet *fleet, const struct connection *c)
{
    bool http = fleet->options.exchange.kind == HTTP;
    return c->answered == c->last || (http && http_closes(&c->reply));
}

void churn_rest(struct fleet *fleet, struct connection *c)
{
    if (!fleet->options.fin) {
        fleet->resent += diag_resent(c->fd);
        c->fd = spare(c->fd);
    }
    if (fleet->options.fin || !source_disconnect(spare(c->fd)))
        connection_close(fleet, c);
    c->written = c->answered;
    c->sent = 0;
    c->reply = (struct reply){0};
}

void churn_reopen(struct fleet *fleet, struct connection *c)
{
    uint64_t most = fleet->options.per_connection;
    bool again = c->fd != -1 && source_reconnect(fleet, spare(c->fd));
    if (again) {
        c->fd = spare(c->fd);
    } else {
        connection_close(fleet, c);
        c->fd = source_connect(fleet, (uint32_t)fleet->reopened++, false);
    }
    c->last = most > 0 ? c->answered + (uint32_t)most : UINT32_MAX;
    c->anew = true;
    if (c->fd == -1 || (!again && !watch_all(fleet, c)))
        lose_by_errno(fleet, c, errno);
}

/* One that is idle is opened and proved at once, one that is driven with its next request. */
static void renew(struct fleet *fleet, struct connection *c)
{
    if (c->state == READY && is_idle(fleet, c)) {
        fleet->idle_alive--;
        connection_close(fleet, c);
        connect_again(fleet, c);
    } else if (c->state == READY && !rests(c) && !is_slow(fleet, c)) {
        churn_rest(fleet, c);
    } else if (c->state == BUSY) {
        c->last = c->asked < c->last ? c->asked : c->last; /* what it was asked it may answer */
    }
}

void churn_begin(struct fleet *fleet)
{
    fleet->next_churn = fleet->options.churn > 0 ? fleet->now : UINT64_MAX;
}

/* All that is due; a bounded number, then the sockets have their turn. */
void churn_turn(struct fleet *fleet)
{
    for (int i = 0; i < 64 && fleet->total > 0 && fleet->next_churn <= fleet->now && !fleet->draining; i++) {
        renew(fleet, &fleet->connections[fleet->churned++ % fleet->total]);
        fleet->next_churn += SECOND / fleet->options.churn;
    }
}
