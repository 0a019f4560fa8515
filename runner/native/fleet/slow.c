/* Clients that are slow on purpose, a declared share of the active ones: a slow writer sends its
 * request a byte at a time (slow-loris), a slow reader asks and asks and takes a byte at a time.
 *
 * They are there for the others: do those suffer? So they are in none of the figures. What they
 * are answered is checked like everybody's. That a server drops them is its good right, counted
 * apart and no error; a connection that was dropped comes again when its next byte is due, as the
 * real ones do, or the others would soon have nothing to suffer from. */
#include <errno.h>
#include <sys/socket.h>

#include "fleet.h"

#define ENDED (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

/* So many of the active are slow, for a share above 0% one at least. */
uint64_t slow_of(uint64_t active, uint64_t percent)
{
    return (active * percent + 99) / 100;
}

/* The active connections that are driven: the slow ones come behind them. */
uint64_t slow_first(const struct fleet *fleet)
{
    const struct options *options = &fleet->options;
    uint64_t slow = slow_of(options->active, options->slow_readers) +
                    slow_of(options->active, options->slow_writers);
    return slow < options->active ? options->active - slow : 0;
}

static bool reads_slowly(const struct fleet *fleet, const struct connection *c)
{
    uint64_t index = (uint64_t)(c - fleet->connections);
    return index < slow_first(fleet) + slow_of(fleet->options.active, fleet->options.slow_readers);
}

bool is_slow(const struct fleet *fleet, const struct connection *c)
{
    return fleet->slow && (uint64_t)(c - fleet->connections) >= slow_first(fleet) &&
           !is_idle(fleet, c);
}

static void dropped(struct fleet *fleet, struct connection *c)
{
    fleet->slow_dropped++;
    connection_close(fleet, c);
    c->written = c->asked = c->answered;
    c->sent = 0;
    c->reply = (struct reply){0};
}

/* False: it could not, for a lack of our own. A refusal shows when it sends. */
static bool come_again(struct fleet *fleet, struct connection *c)
{
    c->fd = source_connect(fleet, (uint32_t)fleet->reopened++, false);
    if (c->fd == -1 && !own_lack(errno)) {
        dropped(fleet, c);
        return false;
    }
    if (c->fd == -1 || !watch_all(fleet, c)) {
        lose_by_errno(fleet, c, errno);
        return false;
    }
    fleet->slow_again++;
    return true;
}

/* Nothing is waited for and nothing is timed, so nothing is begun as others begin it. */
static void begin(struct connection *c)
{
    c->asked++;
}

static void take(struct fleet *fleet, struct connection *c, size_t length)
{
    const uint8_t *bytes = fleet->buffer;
    while (length > 0) {
        int fault = EXTRA;
        enum taken taken = c->asked == c->answered
                               ? REPLY_FAULT
                               : fleet->protocol->reply(fleet, c, &bytes, &length, &fault);
        if (taken == REPLY_FAULT) {
            lose(fleet, c, (enum error_kind)fault);
            return;
        }
        if (taken == REPLY_PART)
            return;
        if (taken == REPLY_WRONG)
            count_error(fleet, STATUS_OTHER);
        c->answered++;
        c->reply = (struct reply){0};
    }
}

static void read_some(struct fleet *fleet, struct connection *c, size_t most)
{
    ssize_t n = recv(c->fd, fleet->buffer, most, 0);
    if (n > 0)
        take(fleet, c, (size_t)n);
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        dropped(fleet, c);
}

/* A byte of the request, if its last one has been answered. */
static void write_slowly(struct fleet *fleet, struct connection *c)
{
    size_t length;
    if (c->asked == c->answered)
        begin(c);
    if (c->written == c->asked)
        return;
    const uint8_t *bytes = fleet->protocol->request(fleet, c, &length);
    ssize_t n = send(c->fd, bytes, 1, MSG_NOSIGNAL);
    if (n == 1)
        request_count_sent(fleet, c, 1);
    else if (n == -1 && errno != EAGAIN && errno != EINTR)
        dropped(fleet, c);
}

/* Requests until the socket takes no more, and a byte of what they were answered. */
static void read_slowly(struct fleet *fleet, struct connection *c)
{
    for (int i = 0; i < 64 && c->written == c->asked; i++) {
        size_t length;
        begin(c);
        const uint8_t *bytes = fleet->protocol->request(fleet, c, &length);
        ssize_t n = send(c->fd, bytes, length, MSG_NOSIGNAL);
        if (n >= 0) {
            request_count_sent(fleet, c, (size_t)n);
        } else if (errno != EAGAIN && errno != EINTR) {
            dropped(fleet, c);
            return;
        }
    }
    read_some(fleet, c, 1);
}

/* Its time has come. */
void slow_turn(struct fleet *fleet, struct connection *c)
{
    if (!rests(c) || come_again(fleet, c))
        (reads_slowly(fleet, c) ? read_slowly : write_slowly)(fleet, c);
    if (c->state != CLOSED)
        timer_set(fleet, c, fleet->now + fleet->options.pace);
}

void slow_event(struct fleet *fleet, struct connection *c, uint32_t events)
{
    if (rests(c))
        return; /* this was about the connection that it had before */
    if (reads_slowly(fleet, c)) {
        if (events & (EPOLLHUP | EPOLLERR))
            dropped(fleet, c);
        return; /* an end that is only announced is reached in its time */
    }
    if (events & (EPOLLIN | ENDED))
        read_some(fleet, c, BUFFER_BYTES);
    if (c->state != CLOSED && !rests(c) && events & ENDED)
        dropped(fleet, c);
}

void slow_begin(struct fleet *fleet)
{
    uint64_t count = 0;
    for (uint64_t i = slow_first(fleet); fleet->slow && i < fleet->options.active; i++) {
        struct connection *c = &fleet->connections[i];
        if (c->state != READY)
            continue;
        c->last = UINT32_MAX; /* it lives for as long as the server lets it */
        timer_set(fleet, c, fleet->now + fleet->options.pace * count++ / fleet->options.active);
    }
}
