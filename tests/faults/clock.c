/* A wall clock that jumps, for one process: LD_PRELOAD=clock.so CLOCK_JUMP=3600 CLOCK_AFTER=1.
 *
 * Only the runner reads CLOCK_BOOTTIME, several times in each trial. Once it has done so CLOCK_AFTER
 * times, CLOCK_REALTIME is off by CLOCK_JUMP seconds: after the first time it jumps inside the first
 * trial, however often a trial reads it. The machine's own clock is left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>

static long setting(const char *name)
{
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    static long readings;
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int answer = real(clock, now);
    if (answer == 0 && clock == CLOCK_BOOTTIME)
        readings++;
    if (answer == 0 && clock == CLOCK_REALTIME && readings >= setting("CLOCK_AFTER"))
        now->tv_sec += setting("CLOCK_JUMP");
    return answer;
}
