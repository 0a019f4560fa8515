/* 3 loop: connections that wait for a time of their own: a binary heap, the earliest on top.
 *
 * A connection has at most one timer, so the heap has a fixed size. A timer that is obsolete,
 * because its connection was lost or has a newer timer, stays in the heap and is ignored when it
 * expires. */
#include <stdlib.h>

#include "json.h"
#include "loop.h"

#define TIMERS_AT_ONCE 64 /* then the loop handles events */

void timers_create(struct timers *timers, uint32_t capacity)
{
    timers->capacity = capacity;
    timers->heap = calloc(capacity + 1, sizeof *timers->heap);
    if (!timers->heap)
        fail("calloc: no memory for %u timers", (unsigned)capacity);
}

void timer_set(struct loop *loop, struct connection *c, uint64_t when)
{
    struct timers *timers = &loop->timers;
    struct timer *heap = timers->heap;
    if (timers->count == timers->capacity)
        fail("timer_set: more than %u timers", (unsigned)timers->capacity);
    uint32_t at = timers->count++;
    for (; at > 0 && heap[(at - 1) / 2].when > when; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = (struct timer){when, index_of(loop->all, c)};
    c->stamp = when;
    loop->wake = earlier(loop->wake, when);
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

uint64_t timers_next(const struct timers *timers)
{
    return timers->count > 0 ? timers->heap[0].when : UINT64_MAX;
}

/* Call `expired` for each connection whose time has come. */
void timers_turn(struct loop *loop, void (*expired)(struct fleet *fleet, struct connection *c))
{
    for (int i = 0; i < TIMERS_AT_ONCE && timers_next(&loop->timers) <= loop->clock->now; i++) {
        struct timer timer = take_first(&loop->timers);
        struct connection *c = &loop->all->table[timer.index];
        if (c->state == READY && c->stamp == timer.when)
            expired(loop->fleet, c);
    }
}
