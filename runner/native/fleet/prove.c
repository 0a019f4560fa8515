/* 2 connection: a connection counts when the server has answered on it.
 *
 * The kernel completes a handshake while the listen queue has room, whether or not the server
 * will ever call accept(). A connect() that succeeded says nothing about the server. So each
 * connection sends an echo of one byte, or the first exchange, and waits for the reply. */
#include <sys/epoll.h>
#include <sys/socket.h>

#include "errors.h"
#include "request.h"

/* The byte that the server must echo. */
static uint8_t proof_of(const struct connections *all, const struct connection *c)
{
    return (uint8_t)pattern_tag(all->pattern.seed, index_of(all, c), c->asked);
}

/* False: the connection is not open yet, or was lost. */
bool prove_send(struct connections *all, struct connection *c)
{
    if (all->exchange->kind != ECHO) {
        c->asked = c->answered + 1;
        c->stamp = all->clock->now;
        requests_send(all, c);
        return c->state != CLOSED && (c->written == c->asked || c->sent > 0);
    }
    uint8_t byte = proof_of(all, c);
    ssize_t n = send(c->fd, &byte, 1, MSG_NOSIGNAL);
    if (n == -1) {
        if (!try_again(errno))
            lose_by_errno(all, c, errno);
        return false;
    }
    c->stamp = all->clock->now;
    return true;
}

static void echo_received(struct connections *all, struct connection *c)
{
    uint8_t echo[2];
    ssize_t n = recv(c->fd, echo, sizeof echo, 0);
    if (n == -1 && try_again(errno))
        return;
    if (n <= 0) {
        lose_by_errno(all, c, n == 0 ? 0 : errno);
    } else if (n > 1) {
        lose(all, c, EXTRA);
    } else if (echo[0] != proof_of(all, c)) {
        lose(all, c, CORRUPT);
    } else {
        connection_proved(all, c);
        all->answered(all->fleet, c, all->clock->now, PROOF);
    }
}

/* An event of a connection that is PROVING or REPROVING. */
void prove_event(struct connections *all, struct connection *c, uint32_t events)
{
    const uint32_t ended = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    if (all->exchange->kind != ECHO) {
        reply_event(all, c, events);
        return;
    }
    if (events & (EPOLLIN | ended))
        echo_received(all, c);
    /* Edge-triggered: the end may have come with the echo, and epoll reports it once. */
    if (c->state == READY && events & ended)
        reply_event(all, c, events);
}
