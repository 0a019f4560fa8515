/* Replies: read, checked, recorded; then what comes next on that connection.
 *
 * The path of a request is one send, one recv, one read of the clock and one
 * increment in the histogram. The clock is read right after recv: that moment
 * ends one request and, as the next is sent at once, begins the next. One read
 * for a whole batch would be cheaper and wrong: the last of 512 replies would be
 * stamped before it was read. */
#include <errno.h>
#include <sys/socket.h>

#include "fleet.h"

/* Above this, verifying takes long enough (~100 ns) to be charged to the next request. */
#define SHARED_STAMP_BYTES 4096

/* Of the time that a request took, the share that lies in the window. */
static double share_inside(const struct fleet *fleet, uint64_t sent)
{
    uint64_t now = fleet->now, from = sent, to = now;
    if (from < fleet->window_start)
        from = fleet->window_start;
    if (to > fleet->window_end)
        to = fleet->window_end;
    return from < to ? (double)(to - from) / (double)(now - sent) : 0;
}

/* The rate: replies for each second of the window, whenever they were asked for. A request that
 * lies across an end of the window counts by the share of its time that lies inside: then a slow
 * server's rate does not depend on the window's length, nor on where in a reply the window begins. */
static void count_answered(struct fleet *fleet, uint64_t sent)
{
    if (sent >= fleet->window_start && fleet->now <= fleet->window_end)
        fleet->within++;
    else
        fleet->across += share_inside(fleet, sent);
}

/* Latencies and counts: in the closed loop all that is answered in the window, the latency whole;
 * in the open loop all that was due in it, however late the answer comes, or the slowest would be
 * missing just when the server is slow. */
static void record(struct fleet *fleet, const struct connection *c)
{
    uint64_t due = *request_due(fleet, c, c->answered), now = fleet->now;
    bool open = fleet->options.rate > 0;
    uint64_t counts = open ? due : now;
    fleet->completed++;
    count_answered(fleet, *request_sent(fleet, c, c->answered));
    if (counts < fleet->window_start || counts > fleet->window_end)
        return;
    window_count(fleet);
    fleet->bytes += fleet->protocol->size(fleet, c, c->answered);
    hdr_record(&fleet->latency, now - due);
    if (open)
        hdr_record(&fleet->open.uncorrected, now - *request_sent(fleet, c, c->answered));
}

/* The oldest request in flight is another one now, or there is none. */
static void settle(struct fleet *fleet, struct connection *c)
{
    if (c->asked != c->answered) {
        c->stamp = *request_sent(fleet, c, c->answered + 1);
    } else if (c->state == BUSY) {
        c->state = READY;
        fleet->busy--;
    }
}

/* What came was the proof of service, when opening or at the ceiling. */
static void proved(struct fleet *fleet, struct connection *c)
{
    if (c->state == PROVING) {
        connect_served(fleet, c);
        return;
    }
    c->state = READY;
    fleet->busy--;
    fleet->served++;
}

static void count_anew(struct fleet *fleet, struct connection *c)
{
    c->anew = false;
    fleet->accepted += window_holds(fleet);
}

/* A wrong reply is counted, and is no request that was answered. */
static void reply_complete(struct fleet *fleet, struct connection *c, bool shared, bool right)
{
    c->answered++;
    if (!right)
        count_error(fleet, STATUS_OTHER);
    if (c->anew)
        count_anew(fleet, c);
    if (c->state == PROVING || c->state == REPROVING)
        proved(fleet, c);
    else if (right)
        record(fleet, c);
    if (churn_over(fleet, c) && !is_idle(fleet, c))
        churn_rest(fleet, c);
    c->reply = (struct reply){0};
    settle(fleet, c);
    if (!shared)
        fleet->now = clock_now();
}

/* After a reply: what is asked next? */
static void go_on(struct fleet *fleet, struct connection *c)
{
    if (!fleet->driving || is_idle(fleet, c))
        return;
    if (fleet->options.rate > 0)
        open_freed(fleet, c);
    else if (!fleet->draining && !fleet->holding)
        closed_refill(fleet, c);
}

/* `length` bytes are in the buffer. False: the connection was lost, or closed, over them. */
static bool replies_take(struct fleet *fleet, struct connection *c, size_t length)
{
    const uint8_t *bytes = fleet->buffer;
    bool shared = length <= SHARED_STAMP_BYTES;
    while (length > 0) {
        int fault = EXTRA; /* nothing was asked, of an idle connection for instance */
        enum taken taken = c->asked == c->answered || rests(c)
                               ? REPLY_FAULT
                               : fleet->protocol->reply(fleet, c, &bytes, &length, &fault);
        /* Another status is a whole reply: the connection is served. But where it is asked how
         * many the server serves, a first "busy" is a refusal. */
        if (taken == REPLY_FAULT || (taken == REPLY_WRONG && fleet->options.until_refused)) {
            lose(fleet, c, (enum error_kind)fault);
            return false;
        }
        if (taken == REPLY_PART)
            break;
        reply_complete(fleet, c, shared, taken == REPLY_WHOLE);
        go_on(fleet, c);
    }
    bool rested = rests(c);
    requests_send(fleet, c);
    return c->state != CLOSED && !rested;
}

/* The peer has closed, `error` is 0 or how it did. That may be how a reply ends. Of HTTP it may be a
 * connection that was kept alive for as long as the server liked: with nothing in flight nothing is
 * lost, and the next request opens it anew. Else the connection is lost. */
static void peer_closed(struct fleet *fleet, struct connection *c, int error)
{
    bool http = fleet->options.exchange.kind == HTTP && !is_idle(fleet, c);
    bool gone = error == 0 || error == ECONNRESET || error == EPIPE;
    if (http && gone && c->state == READY && c->asked == c->answered) {
        churn_rest(fleet, c);
    } else if (http && error == 0 && c->asked != c->answered && http_ends(&c->reply)) {
        bool right = http_right(&c->reply);
        reply_complete(fleet, c, true, right);
        go_on(fleet, c);
        requests_send(fleet, c);
    } else {
        lose_by_errno(fleet, c, error);
    }
}

/* A connection of HTTP that had nothing to do: has the server closed it meanwhile, or spoken
 * unasked? The event may still be on its way; a request that is sent now would be lost. */
void reply_look(struct fleet *fleet, struct connection *c)
{
    uint8_t byte;
    if (fleet->options.exchange.kind != HTTP || c->state != READY || rests(c))
        return;
    ssize_t n = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n > 0)
        lose(fleet, c, EXTRA);
    else if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR))
        peer_closed(fleet, c, n == 0 ? 0 : errno);
}

/* Something happened to a connection that is served: READY or BUSY. A short read
 * has emptied the socket, so no second recv is needed to be told so, unless the
 * event says that the peer has closed: that is announced only once. */
void reply_event(struct fleet *fleet, struct connection *c, uint32_t events)
{
    const uint32_t ended = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    if (rests(c))
        return; /* it rests, and this was about what it had before */
    while (events & (EPOLLIN | ended)) {
        ssize_t n = recv(c->fd, fleet->buffer, BUFFER_BYTES, 0);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN)
            break;
        if (n == 0) {
            peer_closed(fleet, c, 0);
            return;
        }
        if (n == -1) {
            peer_closed(fleet, c, errno);
            return;
        }
        fleet->now = clock_now();
        if (!replies_take(fleet, c, (size_t)n))
            return;
        if ((size_t)n < BUFFER_BYTES && !(events & ended))
            break;
    }
    if (events & EPOLLOUT)
        requests_send(fleet, c);
}
