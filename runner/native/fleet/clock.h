/* 1 socket: the clock of the load generator. It stands still while other load generators have their turn. */
#pragma once

#include <time.h>

#include "quantity.h"

struct clock {
    uint64_t now;    /* at the last reading, in ns */
    uint64_t paused; /* for how long the clock has stood still */
};

/* The vDSO answers without entering the kernel, so this takes 20 to 30 ns and cannot fail. */
static inline uint64_t clock_read(struct clock *clock)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return clock->now = (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec - clock->paused;
}
