/* How much CPU time one step through memory takes, every tenth of a second: a walk in random order through
 * MIB megabytes, which fit into no cache of one's own. It is the same walk all the time, so what
 * changes is the machine. canary MIB STEPS; with STEPS 0 it walks without pause, as a thrasher. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

struct line { struct line *next; char rest[56]; };

int main(int argc, char **argv)
{
    size_t lines = argc > 1 ? strtoul(argv[1], NULL, 10) << 14 : 0;
    long steps = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    struct line *all = lines ? calloc(lines, sizeof *all) : NULL;
    if (!all)
        return 2;
    for (size_t i = 0; i < lines; i++)
        all[i].next = &all[i];
    uint64_t random = 88172645463325252ULL;
    for (size_t i = lines - 1; i > 0; i--) { /* Sattolo: one cycle through all */
        random ^= random << 13, random ^= random >> 7, random ^= random << 17;
        size_t k = random % i;
        struct line *kept = all[i].next;
        all[i].next = all[k].next;
        all[k].next = kept;
    }
    struct line *volatile at = all;
    for (;;) {
        uint64_t at_ns = now(CLOCK_MONOTONIC), begun = now(CLOCK_THREAD_CPUTIME_ID);
        struct line *walk = at;
        for (long i = 0; i < (steps ? steps : 1000000); i++)
            walk = walk->next;
        at = walk;
        uint64_t ended = now(CLOCK_THREAD_CPUTIME_ID);
        if (!steps)
            continue;
        printf("%" PRIu64 " %.2f\n", at_ns, (double)(ended - begun) / (double)steps);
        if (fflush(stdout))
            return 0;
        struct timespec pause = {0, 100000000};
        nanosleep(&pause, NULL);
    }
}
