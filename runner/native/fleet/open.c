/* The open loop: requests come when they come, whether or not the server keeps up.
 *
 * The schedule says when each request is due; the connections take turns. A closed
 * loop would politely wait while the server is stalled, and would ask it nothing just
 * when it is slow: its figures omit what users would have suffered (Gil Tene's
 * "coordinated omission"). Here a request that is due and finds every connection taken
 * stays due, and its latency counts from then, whenever it is sent.
 *
 * The schedule needs no memory: only its next time is kept, and it does not move on
 * before that request is sent. */
#include <math.h>
#include <sched.h>
#include <stdlib.h>

#include "fleet.h"

#define ARRIVALS_AT_ONCE 64 /* then the sockets have their turn */
#define ARRIVALS UINT32_MAX /* the index, in place of a connection's, of the schedule's randomness */

/* A request that is due should not wait for its turn behind strangers: where the kernel lets us,
 * we go first. We sleep whenever nothing is due and no reply is there, so nobody starves. */
static void go_first(struct open *open)
{
    const struct sched_param least = {.sched_priority = 1};
    open->first = sched_setscheduler(0, SCHED_FIFO, &least) == 0;
}

void open_create(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    uint64_t tokens = fleet->options.active * fleet->options.pipeline, size = 1;
    while (size < tokens)
        size *= 2;
    open->mask = (uint32_t)(size - 1);
    open->queue = malloc(size * sizeof *open->queue);
    fleet->actual = calloc(fleet->options.active * fleet->ring + 1, sizeof *fleet->actual);
    if (!open->queue || !fleet->actual)
        fail("malloc: no memory for %u requests in flight", (unsigned)tokens);
}

static void give_back(struct open *open, uint32_t index)
{
    open->queue[(open->head + open->count++) & open->mask] = index;
}

/* Whose turn it is. Those that were lost while they stood in the queue are passed over. */
static struct connection *next_free(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    while (open->count > 0) {
        struct connection *c = &fleet->connections[open->queue[open->head & open->mask]];
        open->head++;
        open->count--;
        reply_look(fleet, c);
        if (c->state == READY || c->state == BUSY)
            return c;
    }
    return NULL;
}

/* The distance to the next arrival, in ns: always the same, or so that every moment is
 * as good as any other (a Poisson process), whatever came before. */
static double distance(struct fleet *fleet)
{
    double rate = (double)(fleet->options.rate * ramp_step(fleet, fleet->open.due));
    double even = (double)SECOND * (double)fleet->options.ramp / rate;
    uint64_t random = pattern_tag(fleet->options.seed, ARRIVALS, (uint32_t)fleet->open.number);
    return fleet->options.poisson ? -log(share_drawn(random)) * even : even;
}

static void move_on(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    if (open->due >= fleet->window_start && open->due <= fleet->window_end)
        open->scheduled++;
    open->number++;
    open->exact += distance(fleet);
    open->due = open->start + (uint64_t)open->exact;
}

/* Every connection is free, and the first request is due now; of several fleets that
 * share an even rate each begins a part of a distance later. */
void open_begin(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    uint64_t driven = slow_first(fleet);
    go_first(open);
    for (uint64_t i = 0; i < driven * fleet->options.pipeline; i++)
        give_back(open, (uint32_t)(i % driven));
    open->due = fleet->now;
    open->start = fleet->now;
    open->exact = distance(fleet) * (double)fleet->options.part / (double)fleet->options.parts;
    open->due = open->start + (uint64_t)open->exact;
}

/* How late it is sent because of us: since it was due, but not while no connection was
 * free, which is the server's doing. */
static void record_lag(struct fleet *fleet, uint64_t due)
{
    uint64_t since = due > fleet->open.freed ? due : fleet->open.freed;
    uint64_t lag = fleet->now > since ? fleet->now - since : 0;
    if (due >= fleet->window_start && due <= fleet->window_end)
        hdr_record(&fleet->lag, lag);
}

/* Send all that is due. */
void open_turn(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    for (int i = 0; i < ARRIVALS_AT_ONCE && open->due <= fleet->now && !fleet->draining; i++) {
        struct connection *c = next_free(fleet);
        if (!c) {
            open->starved = true;
            return;
        }
        uint64_t due = open->due;
        fleet->now = clock_now();
        record_lag(fleet, due);
        move_on(fleet);
        request_begin(fleet, c, due);
        requests_send(fleet, c);
    }
}

/* A reply came: whoever got it may be asked again. */
void open_freed(struct fleet *fleet, const struct connection *c)
{
    struct open *open = &fleet->open;
    give_back(open, (uint32_t)(c - fleet->connections));
    if (open->starved) {
        open->starved = false;
        open->freed = fleet->now;
        fleet->wake = fleet->now; /* as soon as this event has been dealt with */
    }
}

/* The window is over. What was due in it is sent; what could not be is counted. */
void open_end(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    while (open->due <= fleet->window_end && open->count > 0 && !fleet->stopped)
        open_turn(fleet);
    uint64_t before = open->scheduled;
    while (open->due <= fleet->window_end)
        move_on(fleet);
    open->unsent = open->scheduled - before;
    open->due = UINT64_MAX;
}
