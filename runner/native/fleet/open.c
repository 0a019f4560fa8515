/* 4 workload: the open loop. Requests are due by a schedule, whether or not the server keeps up.
 *
 * Free connections carry the requests in turn. A closed loop waits while the server is stalled, so
 * it sends few requests just when the server is slow: its latencies omit what users would have
 * experienced (Gil Tene's "coordinated omission"). In the open loop a request that is due while
 * no connection is free stays due. Its latency begins when it was due, whenever it is sent.
 *
 * The schedule needs no memory: it consists of its next time, and does not advance before that
 * request is sent. */
#include <math.h>
#include <sched.h>
#include <stdlib.h>

#include "fleet.h"
#include "json.h"

#define ARRIVALS_AT_ONCE 64 /* then the loop handles events */
#define ARRIVALS UINT32_MAX /* the schedule's index for random words, beside those of connections */
/* From the end of a sleep to running, in ns. The loop wakes up so much earlier, and polls until the
 * request is due. */
#define WAKING 20000

/* A due request should not wait for other processes: if the kernel permits, the load generator runs
 * first. It sleeps whenever nothing is due and no reply has arrived, so no process starves. */
static void go_first(struct open *open)
{
    const struct sched_param least = {.sched_priority = 1};
    open->first = sched_setscheduler(0, SCHED_FIFO, &least) == 0;
}

void open_create(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    uint64_t tokens = fleet->all.active * fleet->load->pipeline, size = 1;
    while (size < tokens)
        size *= 2;
    open->mask = (uint32_t)(size - 1);
    open->queue = malloc(size * sizeof *open->queue);
    if (!open->queue)
        fail("malloc: no memory for %u requests in flight", (unsigned)tokens);
}

static void give_back(struct open *open, uint32_t index)
{
    open->queue[(open->head + open->count++) & open->mask] = index;
}

/* The first free connection. Connections that were lost in the queue are skipped. */
static struct connection *next_free(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    while (open->count > 0) {
        struct connection *c = &fleet->all.table[open->queue[open->head & open->mask]];
        open->head++;
        open->count--;
        reply_look(&fleet->all, c);
        if (c->state == READY || c->state == BUSY)
            return c;
    }
    return NULL;
}

/* From one arrival to the next, in ns: constant, or exponential (a Poisson process). */
static double distance(struct fleet *fleet)
{
    const struct load_options *load = fleet->load;
    double rate = (double)(load->rate * ramp_step(fleet, fleet->open.due));
    double even = (double)SECOND * (double)load->ramp / rate;
    uint64_t random = pattern_tag(fleet->all.pattern.seed, ARRIVALS, (uint32_t)fleet->open.number);
    return load->poisson ? -log(share_drawn(random)) * even : even;
}

static void move_on(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    open->scheduled += window_holds(&fleet->loop.window, open->due);
    open->number++;
    open->exact += distance(fleet);
    open->due = open->start + (uint64_t)open->exact;
}

/* Every connection is free, and the first request is due now. Of several load generators that share an
 * even rate each begins a part of a distance later. */
static void begin(struct fleet *fleet)
{
    const struct load_options *load = fleet->load;
    struct open *open = &fleet->open;
    uint64_t driven = slow_first(fleet);
    go_first(open);
    for (uint64_t i = 0; i < driven * load->pipeline; i++)
        give_back(open, (uint32_t)(i % driven));
    open->due = open->start = fleet->clock.now;
    open->exact = distance(fleet) * (double)load->part / (double)load->parts;
    open->due = open->start + (uint64_t)open->exact;
    fleet->loop.early = WAKING;
    load_begin(fleet);
}

/* How late the load generator sends a request. The time in which no connection was free does not count,
 * because the server causes it. */
static void record_lag(struct fleet *fleet, uint64_t due)
{
    uint64_t since = due > fleet->open.freed ? due : fleet->open.freed, now = fleet->clock.now;
    if (window_holds(&fleet->loop.window, due))
        hdr_record(&fleet->loop.window.lag, now > since ? now - since : 0);
}

static void send_due(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    for (int i = 0; i < ARRIVALS_AT_ONCE && open->due <= fleet->clock.now; i++) {
        struct connection *c = next_free(fleet);
        if (!c) {
            open->starved = true;
            return;
        }
        uint64_t due = open->due;
        clock_read(&fleet->clock);
        record_lag(fleet, due);
        move_on(fleet);
        request_begin(&fleet->all, c, due);
        requests_send(&fleet->all, c);
    }
}

static void due(struct fleet *fleet)
{
    send_due(fleet);
    timers_turn(&fleet->loop, slow_turn);
    churn_turn(fleet);
}

static uint64_t next(const struct fleet *fleet)
{
    return earlier(fleet->open.starved ? UINT64_MAX : fleet->open.due, load_next(fleet));
}

/* A reply frees its connection for the next request. */
static void answered_open(struct fleet *fleet, struct connection *c, uint64_t at, enum reply_kind kind)
{
    struct open *open = &fleet->open;
    if (!load_answered(fleet, c, at, kind))
        return;
    give_back(open, index_of(&fleet->all, c));
    if (open->starved) {
        open->starved = false;
        open->freed = fleet->loop.wake = fleet->clock.now; /* due after the current event */
    }
}

/* Send the requests that were due in the window, and count those that cannot be sent. */
static void end(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    uint64_t window_end = fleet->loop.window.end;
    while (open->due <= window_end && open->count > 0 && !fleet->loop.stopped)
        send_due(fleet);
    uint64_t before = open->scheduled;
    while (open->due <= window_end)
        move_on(fleet);
    open->unsent = open->scheduled - before;
    open->due = UINT64_MAX;
}

const struct workload open_workload = {
    .begin = begin, .prove = load_prove, .event = load_event, .due = due, .next = next,
    .answered = answered_open, .end = end};
