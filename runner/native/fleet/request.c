/* Requests: begun when they are due, sent when the socket takes them.
 *
 * What is begun is numbered and dated at once; what the kernel does not take yet is
 * sent when the edge to writable comes. So a server that does not read delays our
 * sending, and that delay is in the latency, where it belongs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fleet.h"

void load_create(struct fleet *fleet)
{
    const struct options *options = &fleet->options;
    const struct exchange *exchange = &options->exchange;
    fleet->protocol = exchange->kind == ECHO ? &echo_protocol : &exchange_protocol;
    for (size_t n = 0; exchange->kind != ECHO && n + exchange->send_bytes <= REQUEST_BYTES;
         n += exchange->send_bytes)
        memcpy(fleet->request + n, exchange->send, exchange->send_bytes);
    for (fleet->ring = 1; fleet->ring < options->pipeline;)
        fleet->ring *= 2;
    fleet->due = calloc(options->active * fleet->ring + 1, sizeof *fleet->due);
    if (!fleet->due)
        fail("calloc: no memory for %u requests in flight", (unsigned)(options->active * fleet->ring));
    if (options->rate > 0)
        open_create(fleet);
    fleet->slow = options->slow_readers > 0 || options->slow_writers > 0;
    if (options->think.high > 0 || fleet->slow)
        timers_create(fleet, (uint32_t)options->active);
}

static size_t slot(const struct fleet *fleet, const struct connection *c, uint32_t number)
{
    return (size_t)(c - fleet->connections) * fleet->ring + (number & (fleet->ring - 1));
}

uint64_t *request_due(struct fleet *fleet, const struct connection *c, uint32_t number)
{
    return &fleet->due[slot(fleet, c, number)];
}

/* When it was sent; in the closed loop that is when it was due. */
uint64_t *request_sent(struct fleet *fleet, const struct connection *c, uint32_t number)
{
    return (fleet->actual ? fleet->actual : fleet->due) + slot(fleet, c, number);
}

/* Number of the last request that may be sent now. */
uint32_t request_last(const struct connection *c)
{
    return c->asked < c->last ? c->asked : c->last;
}

void request_begin(struct fleet *fleet, struct connection *c, uint64_t due)
{
    if (c->asked == c->answered) {
        c->stamp = fleet->now;
        if (c->state == READY) {
            c->state = BUSY;
            fleet->busy++;
        }
    }
    c->asked++;
    *request_sent(fleet, c, c->asked) = fleet->now;
    *request_due(fleet, c, c->asked) = due;
}

/* So many bytes are gone: to the end of a request, or of several. */
void request_count_sent(struct fleet *fleet, struct connection *c, size_t bytes)
{
    while (bytes > 0) {
        size_t left = fleet->protocol->size(fleet, c, c->written + 1) - c->sent;
        if (bytes < left) {
            c->sent += (uint32_t)bytes;
            return;
        }
        bytes -= left;
        c->written++;
        c->sent = 0;
    }
}

/* Send all that was begun and that this connection may carry, until the kernel takes no more. */
void requests_send(struct fleet *fleet, struct connection *c)
{
    if (rests(c) && c->written != c->asked)
        churn_reopen(fleet, c);
    while (c->state != CLOSED && c->written != request_last(c)) {
        size_t length;
        const uint8_t *bytes = fleet->protocol->request(fleet, c, &length);
        ssize_t n = send(c->fd, bytes, length, MSG_NOSIGNAL);
        if (n == -1) {
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN)
                lose_by_errno(fleet, c, errno);
            return; /* EAGAIN: the edge to writable will bring us back */
        }
        request_count_sent(fleet, c, (size_t)n);
    }
}
