/* 2 connection: between two connections it rests, and it is reopened with the next request.
 *
 * A connection that is closed by RST keeps its socket, with its options and its place in the epoll
 * set: closing and reopening are then two system calls, not seven. The first request is sent
 * with the handshake and proves service, so reopening costs no extra round trip. The new
 * connection sends again every request that was not sent or not answered. */
#include "connection.h"
#include "errors.h"
#include "kernel.h"

/* Number of the last request that a connection opened now carries. */
uint32_t last_carried(const struct connections *all, const struct connection *c)
{
    return all->per_connection > 0 ? c->answered + (uint32_t)all->per_connection : UINT32_MAX;
}

/* Is its last request answered, or will the server close? */
bool connection_over(const struct connections *all, const struct connection *c)
{
    return c->answered == c->last || (all->exchange->kind == HTTP && http_closes(&c->reply));
}

void connection_rest(struct connections *all, struct connection *c)
{
    if (!all->source->fin) {
        diag_resent(c->fd, &all->counts.resent);
        c->fd = spare(c->fd);
    }
    if (all->source->fin || !source_disconnect(spare(c->fd)))
        connection_close(all, c);
    c->written = c->answered;
    c->sent = 0;
    c->reply = (struct reply){0};
}

void connection_reopen(struct connections *all, struct connection *c)
{
    bool again = c->fd != -1 && source_reconnect(all->source, spare(c->fd));
    if (again) {
        c->fd = spare(c->fd);
    } else {
        connection_close(all, c);
        c->fd = source_connect(all->source, (uint32_t)all->counts.reopened++, false);
    }
    c->last = last_carried(all, c);
    c->anew = true;
    if (c->fd == -1 || (!again && !connection_watch(all, c)))
        lose_by_errno(all, c, errno);
}
