/* 2 connection: requests are begun when they are due, and sent when the socket accepts them.
 *
 * A request gets its number and its time at once. Bytes that the kernel does not accept are sent
 * after the next edge to writable. So a server that does not read delays sending, and the delay
 * is part of the latency. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "errors.h"
#include "json.h"
#include "request.h"

/* For up to `pipeline` requests in flight on each active connection. `dated`: a request may be
 * sent later than it was due. */
void requests_create(struct connections *all, uint64_t pipeline, bool dated)
{
    const struct exchange *exchange = all->exchange;
    all->protocol = exchange->kind == ECHO ? &echo_protocol : &exchange_protocol;
    for (size_t n = 0; exchange->kind != ECHO && n + exchange->send_bytes <= REQUEST_BYTES;
         n += exchange->send_bytes)
        memcpy(all->request + n, exchange->send, exchange->send_bytes);
    for (all->ring = 1; all->ring < pipeline;)
        all->ring *= 2;
    size_t slots = all->active * all->ring + 1;
    all->due = calloc(slots, sizeof *all->due);
    all->actual = dated ? calloc(slots, sizeof *all->actual) : NULL;
    if (!all->due || (dated && !all->actual))
        fail("calloc: no memory for %zu requests in flight", slots - 1);
}

void request_begin(struct connections *all, struct connection *c, uint64_t due)
{
    if (c->asked == c->answered) {
        c->stamp = all->clock->now;
        if (c->state == READY) {
            c->state = BUSY;
            all->counts.busy++;
        }
    }
    c->asked++;
    *request_sent(all, c, c->asked) = all->clock->now;
    *request_due(all, c, c->asked) = due;
}

/* The kernel has taken `bytes`: up to the end of one request or several, or a part of one. */
void request_count_sent(struct connections *all, struct connection *c, size_t bytes)
{
    while (bytes > 0) {
        size_t left = all->protocol->size(all, c, c->written + 1) - c->sent;
        if (bytes < left) {
            c->sent += (uint32_t)bytes;
            return;
        }
        bytes -= left;
        c->written++;
        c->sent = 0;
    }
}

/* Send every request that was begun and that this connection may carry, until the kernel accepts
 * no more. */
void requests_send(struct connections *all, struct connection *c)
{
    if (rests(c) && c->written != c->asked)
        connection_reopen(all, c);
    while (c->state != CLOSED && c->written != request_last(c)) {
        size_t length;
        const uint8_t *bytes = all->protocol->request(all, c, &length);
        ssize_t n = send(c->fd, bytes, length, MSG_NOSIGNAL);
        if (n == -1) {
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN) /* EAGAIN: the edge to writable will continue this */
                lose_by_errno(all, c, errno);
            return;
        }
        request_count_sent(all, c, (size_t)n);
    }
}
