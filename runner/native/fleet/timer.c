/* Connections that wait for a time of their own: a binary heap, the earliest on top.
 *
 * A connection has one timer at most, so the heap is as large as their number and
 * never grows. A timer that is overtaken (its connection was lost, or has been set
 * anew) is not removed: it fires, and whoever hears it sees that it means nothing. */
#include <stdlib.h>

#include "fleet.h"

#define TIMERS_AT_ONCE 64 /* then the sockets have their turn */

void timers_create(struct fleet *fleet, uint32_t capacity)
{
    fleet->timers.capacity = capacity;
    fleet->timers.heap = calloc(capacity + 1, sizeof *fleet->timers.heap);
    if (!fleet->timers.heap)
        fail("calloc: no memory for %u timers", (unsigned)capacity);
}

void timer_set(struct fleet *fleet, struct connection *c, uint64_t when)
{
    struct timers *timers = &fleet->timers;
    struct timer *heap = timers->heap;
    if (timers->count == timers->capacity)
        fail("timer_set: more than %u timers", (unsigned)timers->capacity);
    uint32_t at = timers->count++;
    for (; at > 0 && heap[(at - 1) / 2].when > when; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = (struct timer){when, (uint32_t)(c - fleet->connections)};
    c->stamp = when;
    if (when < fleet->wake)
        fleet->wake = when;
}

static struct timer take_first(struct timers *timers)
{
    struct timer *heap = timers->heap, first = heap[0], last = heap[--timers->count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= timers->count)
            break;
        if (child + 1 < timers->count && heap[child + 1].when < heap[child].when)
            child++;
        if (last.when <= heap[child].when)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return first;
}

uint64_t timers_next(const struct fleet *fleet)
{
    return fleet->timers.count > 0 ? fleet->timers.heap[0].when : UINT64_MAX;
}

/* All that is due. */
void timers_turn(struct fleet *fleet)
{
    for (int i = 0; i < TIMERS_AT_ONCE && timers_next(fleet) <= fleet->now; i++) {
        struct timer timer = take_first(&fleet->timers);
        struct connection *c = &fleet->connections[timer.index];
        if (c->state != READY || c->stamp != timer.when || fleet->draining)
            continue;
        if (is_slow(fleet, c))
            slow_turn(fleet, c);
        else
            closed_resume(fleet, c);
    }
}
