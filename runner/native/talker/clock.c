/* The clocks, and the end of a talker that cannot go on. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "talker.h"

_Noreturn void fail(const char *what)
{
    printf("failed %s: %s\n", what, strerror(errno));
    exit(1);
}

static long long read_clock(clockid_t clock)
{
    struct timespec time;
    if (clock_gettime(clock, &time) == -1)
        fail("clock_gettime");
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* The clock of a tracer's record. */
long long now(void)
{
    return read_clock(CLOCK_REALTIME);
}

/* For durations: it cannot be set, and stands still while the machine is suspended. */
long long steady(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
