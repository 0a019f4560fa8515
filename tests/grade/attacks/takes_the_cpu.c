/* Wants the load generator's CPU: every CPU, the highest priority, real time, and never sleeps.
 * Expect: either */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

void say_ready(int listener, const char *model)
{
    cpu_set_t all;
    struct sched_param first = {99};
    (void)listener;
    CPU_ZERO(&all);
    for (int cpu = 0; cpu < 64; cpu++)
        CPU_SET(cpu, &all);
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    fflush(stdout);
    for (int i = 0; i < 8; i++)
        if (fork() == 0) {
            sched_setaffinity(0, sizeof all, &all);
            sched_setscheduler(0, SCHED_FIFO, &first);
            setpriority(PRIO_PROCESS, 0, -20);
            syscall(SYS_ioprio_set, 1, 0, 1 << 13);
            for (;;)
                ;
        }
}
