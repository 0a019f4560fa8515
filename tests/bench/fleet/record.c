/* What one record costs: hdr_record on values of many magnitudes. Prints ns a record. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "hdr.h"

enum { VALUES = 4096, ROUNDS = 5000 };

static struct hdr histogram;
static uint64_t values[VALUES];

static double cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

int main(void)
{
    uint64_t x = 42;
    for (int i = 0; i < VALUES; i++) {
        x = x * 6364136223846793005ULL + 1442695040888963407ULL;
        values[i] = 20000 + (x >> 40) % 400000; /* 20 to 420 us, as latencies are */
    }
    double begin = cpu_ns();
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < VALUES; i++)
            hdr_record(&histogram, values[i]);
    printf("%.3f\n", (cpu_ns() - begin) / ((double)VALUES * ROUNDS));
    return histogram.total == (uint64_t)VALUES * ROUNDS ? 0 : 1;
}
