/* Open every connection, and believe none before it has echoed a byte.
 *
 * The kernel completes a handshake as soon as there is room in the listener's
 * backlog, whether or not the server will ever call accept(): a connect() that
 * succeeded says nothing about the server. So each connection sends one byte
 * and counts only when that byte is back; a listener asks STATUS, and counts
 * when it is answered. At most --in-flight are in between, so that the backlog
 * is not what is measured. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fleet.h"

/* Connections are opened with the active ones spread evenly among the idle ones,
 * so that no server meets them all at one end of its table. */
static uint32_t index_of(const struct fleet *fleet, uint32_t ordinal)
{
    uint64_t active = fleet->options.active, total = active + fleet->options.idle;
    uint64_t before = ordinal * active / total, after = (ordinal + 1) * active / total;
    return (uint32_t)(after > before ? before : active + ordinal - before);
}

/* What we lack ourselves says nothing about the server: count all that is left
 * under that name and open no more. */
static void own_limit(struct fleet *fleet, const char *what)
{
    fleet->limit = what;
    fleet->limit_granted = fleet->opened;
    fleet->errors[OWN_LIMIT] += fleet->total - fleet->opened;
    fleet->opened = fleet->total;
    if (fleet->first_error == -1)
        fleet->first_error = OWN_LIMIT;
}

/* Send what proves service: an echo's first byte, the first exchange. False: the connection is not yet (or no longer) there. */
bool prove_send(struct fleet *fleet, struct connection *c)
{
    if (fleet->options.stream)
        return control_send(fleet, c, STATUS);
    if (fleet->options.exchange.kind != ECHO) {
        c->asked = c->answered + 1;
        c->stamp = fleet->now;
        requests_send(fleet, c);
        return c->state != CLOSED && (c->written == c->asked || c->sent > 0);
    }
    uint8_t byte = pattern_proof(fleet, c);
    ssize_t n = send(c->fd, &byte, 1, MSG_NOSIGNAL);
    if (n == -1) {
        if (errno != EAGAIN && errno != EINTR)
            lose_by_errno(fleet, c, errno);
        return false;
    }
    c->stamp = fleet->now;
    return true;
}

/* Edge-triggered for reading and writing at once: never touched again. */
bool watch_all(struct fleet *fleet, struct connection *c)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data.u32 = (uint32_t)(c - fleet->connections)};
    return epoll_ctl(fleet->epoll, EPOLL_CTL_ADD, c->fd, &event) == 0;
}

/* A descriptor, a place among what is watched, and over loopback the proof at once: there the
 * handshake is over when connect() returns EINPROGRESS. -1 is lost by errno. */
static void begin(struct fleet *fleet, struct connection *c, int fd)
{
    uint64_t most = fleet->options.per_connection;
    fleet->connecting++;
    c->state = CONNECTING;
    c->fd = fd;
    c->last = most > 0 ? c->answered + (uint32_t)most : UINT32_MAX;
    c->stamp = fleet->now;
    if (fd == -1 || !watch_all(fleet, c))
        lose_by_errno(fleet, c, errno);
    else if (prove_send(fleet, c))
        c->state = PROVING;
}

static void open_next(struct fleet *fleet)
{
    struct connection *c = &fleet->connections[index_of(fleet, fleet->opened)];
    bool stalled = fleet->options.stream && is_idle(fleet, c);
    int fd = source_connect(fleet, fleet->opened, stalled);
    if (fd == -1 && own_lack(errno)) {
        own_limit(fleet, own_lack(errno));
        return;
    }
    fleet->opened++;
    begin(fleet, c, fd);
}

/* One that was open, and is opened anew. */
void connect_again(struct fleet *fleet, struct connection *c)
{
    fleet->now = clock_now();
    begin(fleet, c, source_connect(fleet, (uint32_t)fleet->reopened++, false));
}

/* The proof is there. */
void connect_served(struct fleet *fleet, struct connection *c)
{
    c->state = READY;
    fleet->connecting--;
    fleet->completed++;
    fleet->accepted += fleet->driving && window_holds(fleet);
    if (is_idle(fleet, c))
        fleet->idle_alive++;
    else
        fleet->active_alive++;
}

static void proof_received(struct fleet *fleet, struct connection *c)
{
    uint8_t echo[2];
    ssize_t n = recv(c->fd, echo, sizeof echo, 0);
    if (n == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        lose_by_errno(fleet, c, n == 0 ? 0 : errno);
    } else if (n > 1) {
        lose(fleet, c, EXTRA);
    } else if (echo[0] != pattern_proof(fleet, c)) {
        lose(fleet, c, CORRUPT);
    } else if (c->state == REPROVING) {
        c->state = READY;
        fleet->busy--;
        fleet->served++;
    } else {
        connect_served(fleet, c);
    }
}

void connect_event(struct fleet *fleet, struct connection *c, uint32_t events)
{
    const uint32_t readable = EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    if (c->state == CONNECTING && prove_send(fleet, c))
        c->state = PROVING;
    if (fleet->options.stream && c->state == PROVING) {
        stream_event(fleet, c, events);
        return;
    }
    bool exchange = fleet->options.exchange.kind != ECHO;
    if (c->state == CLOSED || c->state == CONNECTING)
        return;
    if (exchange) {
        reply_event(fleet, c, events);
        return;
    }
    if (events & readable)
        proof_received(fleet, c);
    /* Edge-triggered: the end may have come with the echo, and is announced once. */
    if (c->state == READY && events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        reply_event(fleet, c, events);
}

static bool may_open(const struct fleet *fleet)
{
    bool ceiling_met = fleet->options.until_refused && fleet->first_error != -1;
    return fleet->opened < fleet->total && fleet->connecting < fleet->options.in_flight && !ceiling_met;
}

void connect_all(struct fleet *fleet)
{
    fleet->phase = "connecting";
    while (!fleet->stopped) {
        /* Bounded even if every connect() fails at once: signals and clocks get their turn. */
        for (uint64_t n = 0; n < fleet->options.in_flight && may_open(fleet); n++) {
            fleet->now = clock_now();
            open_next(fleet);
        }
        if (fleet->connecting == 0 && !may_open(fleet))
            break;
        events_turn(fleet, may_open(fleet) ? 0 : fleet->next_tick);
    }
    fleet->phase = NULL;
}
