/* 2 connection: replies are received and checked; one upcall ends each.
 *
 * The path of a request is one send, one recv, one read of the clock and one increment in the
 * histogram. The load generator reads the clock right after recv. That moment ends one request and, as
 * the next request is sent at once, begins the next. One reading for a whole batch of events would be
 * cheaper and wrong: the last of 512 replies would get a time before its recv. */
#include <sys/epoll.h>
#include <sys/socket.h>

#include "errors.h"
#include "request.h"

/* Checking a longer reply takes long enough (~100 ns) to be charged to the next request. */
#define SHARED_STAMP_BYTES 4096

/* Another request is the oldest in flight now, or none is in flight. */
static void settle(struct connections *all, struct connection *c)
{
    if (c->asked != c->answered) {
        c->stamp = *request_sent(all, c, c->answered + 1);
    } else if (c->state == BUSY) {
        c->state = READY;
        all->counts.busy--;
    }
}

/* `shared`: the time at which this reply was read is the time at which the next request begins. */
static void reply_complete(struct connections *all, struct connection *c, bool shared, bool right)
{
    enum reply_kind kind = right ? RIGHT_REPLY : WRONG_REPLY;
    uint64_t at = all->clock->now;
    c->answered++;
    if (!right)
        count_error(all, STATUS_OTHER);
    if (c->state == PROVING || c->state == REPROVING) {
        connection_proved(all, c);
        kind = PROOF;
    }
    if (connection_over(all, c) && !is_idle(all, c))
        connection_rest(all, c);
    c->reply = (struct reply){0};
    settle(all, c);
    if (!shared)
        clock_read(all->clock);
    all->answered(all->fleet, c, at, kind);
}

/* `length` bytes are in the buffer. False: the connection was lost or closed. */
static bool replies_take(struct connections *all, struct connection *c, size_t length)
{
    const uint8_t *bytes = all->buffer;
    bool shared = length <= SHARED_STAMP_BYTES;
    while (length > 0) {
        enum error_kind fault = EXTRA; /* without a request, for instance on an idle connection */
        enum taken taken = c->asked == c->answered || rests(c)
                               ? REPLY_FAULT
                               : all->protocol->reply(all, c, &bytes, &length, &fault);
        /* A reply with another status is whole, so the connection is served. But the ceiling counts
         * a first "busy" as a refusal. */
        if (taken == REPLY_FAULT || (taken == REPLY_WRONG && all->until_refused)) {
            lose(all, c, fault);
            return false;
        }
        if (taken == REPLY_PART)
            break;
        reply_complete(all, c, shared, taken == REPLY_WHOLE);
    }
    bool rested = rests(c);
    requests_send(all, c);
    return c->state != CLOSED && !rested;
}

/* The peer has closed; `error` is 0 or an errno. A close may end a reply. An HTTP server may also
 * close a kept-alive connection between two requests: no request is lost, and the next one reopens
 * it. Otherwise the connection is lost. */
static void peer_closed(struct connections *all, struct connection *c, int error)
{
    bool http = all->exchange->kind == HTTP && !is_idle(all, c);
    if (http && peer_gone(error) && c->state == READY && c->asked == c->answered) {
        connection_rest(all, c);
    } else if (http && error == 0 && c->asked != c->answered && http_ends(&c->reply)) {
        reply_complete(all, c, true, http_right(&c->reply));
        requests_send(all, c);
    } else {
        lose_by_errno(all, c, error);
    }
}

/* Before a request on an idle HTTP connection: has the server closed it, or sent bytes? The event
 * may still be queued, and a request that is sent now would be lost. */
void reply_look(struct connections *all, struct connection *c)
{
    uint8_t byte;
    if (all->exchange->kind != HTTP || c->state != READY || rests(c))
        return;
    ssize_t n = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n > 0)
        lose(all, c, EXTRA);
    else if (n == 0 || !try_again(errno))
        peer_closed(all, c, n == 0 ? 0 : errno);
}

/* An event of a connection that is served, READY or BUSY. A short read has emptied the socket, so
 * no second recv is needed, unless the event says that the peer has closed: epoll reports that
 * only once. */
void reply_event(struct connections *all, struct connection *c, uint32_t events)
{
    const uint32_t ended = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    if (rests(c))
        return; /* the event belongs to the connection before */
    while (events & (EPOLLIN | ended)) {
        ssize_t n = recv(c->fd, all->buffer, BUFFER_BYTES, 0);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN)
            break;
        if (n <= 0) {
            peer_closed(all, c, n == 0 ? 0 : errno);
            return;
        }
        clock_read(all->clock);
        if (!replies_take(all, c, (size_t)n))
            return;
        if ((size_t)n < BUFFER_BYTES && !(events & ended))
            break;
    }
    if (events & EPOLLOUT)
        requests_send(all, c);
}
