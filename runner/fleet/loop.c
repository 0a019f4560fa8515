/* The closed loop: each active connection has one request in flight, always.
 * (In the stream workload the server sets the pace; the window is the same.)
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

static uint64_t tag_of(const struct fleet *fleet, const struct connection *c)
{
    return pattern_tag(fleet->options.seed, (uint32_t)(c - fleet->connections), c->sequence);
}

/* Send what is left of the request, until the kernel takes no more. */
static void send_rest(struct fleet *fleet, struct connection *c)
{
    uint64_t tag = tag_of(fleet, c);
    while (c->sent < fleet->options.payload) {
        size_t length;
        const uint8_t *bytes = pattern_slice(fleet, tag, c->sent, &length);
        ssize_t n = send(c->fd, bytes, length, MSG_NOSIGNAL);
        if (n == -1) {
            if (errno == EINTR)
                continue;
            if (errno != EAGAIN)
                lose_by_errno(fleet, c, errno);
            return; /* EAGAIN: the edge to writable will bring us back */
        }
        c->sent += (uint32_t)n;
    }
}

static void send_request(struct fleet *fleet, struct connection *c)
{
    c->sequence++;
    c->sent = c->received = 0;
    c->stamp = fleet->now;
    send_rest(fleet, c);
}

/* Is it now that counts? */
bool window_holds(const struct fleet *fleet)
{
    return fleet->now >= fleet->window_start && fleet->now <= fleet->window_end;
}

/* One request (or frame) more, in the total and in its interval. */
void window_count(struct fleet *fleet)
{
    while (fleet->now >= fleet->interval_end && fleet->interval_slot + 1 < fleet->intervals) {
        fleet->interval_slot++;
        fleet->interval_end += fleet->options.interval;
    }
    fleet->series[fleet->interval_slot]++;
    fleet->requests++;
}

/* A request counts when it was both sent and answered inside the window. */
static void record(struct fleet *fleet, const struct connection *c)
{
    fleet->completed++;
    if (c->stamp < fleet->window_start || fleet->now > fleet->window_end)
        return;
    window_count(fleet);
    hdr_record(&fleet->latency, fleet->now - c->stamp);
}

static void reply_complete(struct fleet *fleet, struct connection *c)
{
    record(fleet, c);
    if (fleet->draining) {
        c->state = READY;
        fleet->busy--;
        return;
    }
    if (fleet->options.payload > SHARED_STAMP_BYTES)
        fleet->now = clock_now();
    send_request(fleet, c);
}

/* `length` bytes are in the buffer. False: the connection was lost over them. */
static bool reply_bytes(struct fleet *fleet, struct connection *c, uint32_t length)
{
    /* An idle connection was asked nothing; no echo is longer than what was sent. */
    if (c->state != BUSY || length > c->sent - c->received) {
        lose(fleet, c, EXTRA);
        return false;
    }
    if (!pattern_matches(fleet, tag_of(fleet, c), c->received, length)) {
        lose(fleet, c, CORRUPT);
        return false;
    }
    c->received += length;
    if (c->received == fleet->options.payload)
        reply_complete(fleet, c);
    return c->state != CLOSED;
}

/* Something happened to a connection that is served: READY or BUSY. A short read
 * has emptied the socket, so no second recv is needed to be told so, unless the
 * event says that the peer has closed: that is announced only once. */
void reply_event(struct fleet *fleet, struct connection *c, uint32_t events)
{
    const uint32_t ended = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    while (events & (EPOLLIN | ended)) {
        ssize_t n = recv(c->fd, fleet->buffer, BUFFER_BYTES, 0);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN)
            break;
        if (n <= 0) {
            lose_by_errno(fleet, c, n == 0 ? 0 : errno);
            return;
        }
        fleet->now = clock_now();
        if (!reply_bytes(fleet, c, (uint32_t)n))
            return;
        if ((size_t)n < BUFFER_BYTES && !(events & ended))
            break;
    }
    if (c->state == BUSY && c->sent < fleet->options.payload && events & EPOLLOUT)
        send_rest(fleet, c);
}

/* The runner reads the server's CPU time when it reads these two events: they
 * are written first, and nothing but reading our own clocks comes between. */
void window_open(struct fleet *fleet)
{
    emit_event("measuring");
    kernel_cpu(&fleet->kernel, &fleet->cpu);
    fleet->now = clock_now();
    fleet->window_start = fleet->now;
    fleet->window_end = fleet->now + fleet->options.duration;
    fleet->interval_end = fleet->now + fleet->options.interval;
}

void window_close(struct fleet *fleet)
{
    struct cpu begin = fleet->cpu;
    emit_event("measured");
    kernel_cpu(&fleet->kernel, &fleet->cpu);
    fleet->cpu.user -= begin.user;
    fleet->cpu.system -= begin.system;
    fleet->cpu.wall -= begin.wall;
    fleet->cpu.run -= begin.run;
    fleet->cpu.wait -= begin.wait;
    fleet->now = clock_now();
    if (fleet->now < fleet->window_end)
        fleet->window_end = fleet->now; /* interrupted, or the ceiling: over when it is over */
}

static void run_until(struct fleet *fleet, uint64_t end, const char *phase)
{
    fleet->phase = phase;
    while (fleet->now < end && !fleet->stopped)
        events_turn(fleet, control_turn(fleet, end));
    fleet->phase = NULL;
}

static void first_requests(struct fleet *fleet)
{
    for (uint64_t i = 0; i < fleet->options.active; i++) {
        struct connection *c = &fleet->connections[i];
        if (c->state == READY) {
            c->state = BUSY;
            fleet->busy++;
            fleet->now = clock_now();
            send_request(fleet, c);
        }
    }
}

static void warm_up(struct fleet *fleet)
{
    fleet->phase = "warmup";
    if (fleet->options.stream)
        stream_begin(fleet);
    else
        first_requests(fleet);
    run_until(fleet, fleet->now + fleet->options.warmup, "warmup");
}

void drive(struct fleet *fleet)
{
    fleet->now = clock_now();
    if (fleet->options.duration > 0)
        warm_up(fleet);
    if (fleet->stopped)
        return;
    window_open(fleet);
    run_until(fleet, fleet->window_end, "measuring");
    window_close(fleet);
    /* What is still in flight is awaited, though not recorded: a server that
     * never answers must be found out even when the window was short. */
    fleet->draining = true;
    while (fleet->busy > 0 && !fleet->stopped)
        events_turn(fleet, UINT64_MAX);
    /* Idle connections lost at the last moment; as many turns as a flood cannot prolong. */
    for (uint32_t n = 0; n < fleet->total; n += EVENT_BATCH)
        if (events_turn(fleet, 0) < EVENT_BATCH)
            break;
    if (fleet->options.stream)
        stream_end(fleet);
}
