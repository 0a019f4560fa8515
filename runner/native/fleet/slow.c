/* 4 workload: clients that are slow on purpose, a declared share of the active ones. A slow writer
 * sends its request one byte at a time (slow-loris). A slow reader sends requests without waiting
 * and reads one byte at a time.
 *
 * They show whether the other clients suffer, so no result includes them. Their replies are
 * checked like all replies. A server may drop them: that is counted apart and is no error. A dropped
 * connection is reopened when its next byte is due, as real slow clients do. */
#include <sys/socket.h>

#include "errors.h"
#include "fleet.h"

#define ENDED (EPOLLRDHUP | EPOLLHUP | EPOLLERR)

/* How many of the active connections are slow: at least one for a share above 0%. */
uint64_t slow_of(uint64_t active, uint64_t percent)
{
    return (active * percent + 99) / 100;
}

/* The number of active connections that are driven; the slow ones follow them in the table. */
uint64_t slow_first(const struct fleet *fleet)
{
    uint64_t active = fleet->all.active;
    uint64_t slow = slow_of(active, fleet->load->slow_readers) + slow_of(active, fleet->load->slow_writers);
    return slow < active ? active - slow : 0;
}

static bool reads_slowly(const struct fleet *fleet, const struct connection *c)
{
    return index_of(&fleet->all, c) <
           slow_first(fleet) + slow_of(fleet->all.active, fleet->load->slow_readers);
}

bool is_slow(const struct fleet *fleet, const struct connection *c)
{
    return fleet->slow.any && index_of(&fleet->all, c) >= slow_first(fleet) && !is_idle(&fleet->all, c);
}

static void dropped(struct fleet *fleet, struct connection *c)
{
    fleet->slow.dropped++;
    connection_close(&fleet->all, c);
    c->written = c->asked = c->answered;
    c->sent = 0;
    c->reply = (struct reply){0};
}

/* False: a lack of the load generator itself prevents it. A refusal shows when the client sends. */
static bool come_again(struct fleet *fleet, struct connection *c)
{
    struct connections *all = &fleet->all;
    c->fd = source_connect(all->source, (uint32_t)all->counts.reopened++, false);
    if (c->fd == -1 && !own_lack(errno)) {
        dropped(fleet, c);
        return false;
    }
    if (c->fd == -1 || !connection_watch(all, c)) {
        lose_by_errno(all, c, errno);
        return false;
    }
    fleet->slow.again++;
    return true;
}

static void take(struct connections *all, struct connection *c, size_t length)
{
    const uint8_t *bytes = all->buffer;
    while (length > 0) {
        enum error_kind fault = EXTRA;
        enum taken taken = c->asked == c->answered ? REPLY_FAULT
                                                   : all->protocol->reply(all, c, &bytes, &length, &fault);
        if (taken == REPLY_FAULT) {
            lose(all, c, fault);
            return;
        }
        if (taken == REPLY_PART)
            return;
        if (taken == REPLY_WRONG)
            count_error(all, STATUS_OTHER);
        c->answered++;
        c->reply = (struct reply){0};
    }
}

static void read_some(struct fleet *fleet, struct connection *c, size_t most)
{
    ssize_t n = recv(c->fd, fleet->all.buffer, most, 0);
    if (n > 0)
        take(&fleet->all, c, (size_t)n);
    else if (n == 0 || !try_again(errno))
        dropped(fleet, c);
}

/* Send up to `most` bytes of the next request. False: the server has dropped the client. Such a
 * request has no time and is not awaited, so request_begin is not used. */
static bool send_some(struct fleet *fleet, struct connection *c, size_t most)
{
    struct connections *all = &fleet->all;
    size_t length;
    const uint8_t *bytes = all->protocol->request(all, c, &length);
    ssize_t n = send(c->fd, bytes, length < most ? length : most, MSG_NOSIGNAL);
    if (n >= 0)
        request_count_sent(all, c, (size_t)n);
    else if (!try_again(errno))
        dropped(fleet, c);
    return !rests(c);
}

/* Send one byte. The next request begins when the last one is answered. */
static void write_slowly(struct fleet *fleet, struct connection *c)
{
    if (c->asked == c->answered)
        c->asked++;
    if (c->written != c->asked)
        send_some(fleet, c, 1);
}

/* Send requests until the socket is full, and read one byte of the replies. */
static void read_slowly(struct fleet *fleet, struct connection *c)
{
    for (int i = 0; i < 64 && c->written == c->asked; i++) {
        c->asked++;
        if (!send_some(fleet, c, SIZE_MAX))
            return;
    }
    read_some(fleet, c, 1);
}

/* The next byte is due. */
void slow_turn(struct fleet *fleet, struct connection *c)
{
    if (!rests(c) || come_again(fleet, c))
        (reads_slowly(fleet, c) ? read_slowly : write_slowly)(fleet, c);
    if (c->state != CLOSED)
        timer_set(&fleet->loop, c, fleet->clock.now + fleet->load->pace);
}

void slow_event(struct fleet *fleet, struct connection *c, uint32_t events)
{
    if (rests(c))
        return; /* the event belongs to the connection before */
    if (reads_slowly(fleet, c)) {
        if (events & (EPOLLHUP | EPOLLERR))
            dropped(fleet, c);
        return; /* after EPOLLRDHUP it still reads the bytes before the end */
    }
    if (events & (EPOLLIN | ENDED))
        read_some(fleet, c, BUFFER_BYTES);
    if (c->state != CLOSED && !rests(c) && events & ENDED)
        dropped(fleet, c);
}

void slow_begin(struct fleet *fleet)
{
    uint64_t count = 0, active = fleet->all.active;
    for (uint64_t i = slow_first(fleet); fleet->slow.any && i < active; i++) {
        struct connection *c = &fleet->all.table[i];
        if (c->state != READY)
            continue;
        c->last = UINT32_MAX; /* only the server ends it */
        timer_set(&fleet->loop, c, fleet->clock.now + fleet->load->pace * count++ / active);
    }
}
