/* The window step by step: requests and latencies of each interval.
 *
 * One histogram is filled, as if there were no intervals. When one ends, what has
 * been added since it began is written into an arena as pairs of bucket and count:
 * so a step's latencies merge with those of another fleet without loss, like the
 * whole's, and the path of a request does not know of it. Where the arena is too
 * small, for very many steps, their percentiles remain. */
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

#define ARENA_BUCKETS 65536U
#define MOST_STEPS 200U /* with their latencies: an event is one line, and lines have an end */

void series_create(struct fleet *fleet)
{
    struct series *series = &fleet->series;
    series->whole = fleet->intervals <= MOST_STEPS;
    series->steps = calloc(fleet->intervals + 1, sizeof *series->steps);
    series->arena = malloc(ARENA_BUCKETS * sizeof *series->arena);
    series->before = calloc(HDR_COUNTS, sizeof *series->before);
    if (!series->steps || !series->arena || !series->before)
        fail("calloc: no memory for %u intervals", (unsigned)fleet->intervals);
}

static void keep(struct series *series, struct step *step, uint32_t index, uint64_t count)
{
    if (series->used == ARENA_BUCKETS || count > UINT32_MAX) {
        series->whole = false;
        return;
    }
    series->arena[series->used++] = (struct bucket){index, (uint32_t)count};
    step->buckets++;
}

/* The current step is over. */
void series_step(struct fleet *fleet)
{
    struct series *series = &fleet->series;
    struct step *step = &series->steps[fleet->interval_slot];
    uint64_t seen = 0, total = fleet->latency.total - series->total;
    uint64_t half = hdr_rank(total, 50), most = hdr_rank(total, 99);
    series->total = fleet->latency.total;
    step->from = series->used;
    for (uint32_t i = 0; i < HDR_COUNTS; i++) {
        uint64_t count = fleet->latency.counts[i] - series->before[i];
        if (count == 0)
            continue;
        series->before[i] = fleet->latency.counts[i];
        seen += count;
        if (seen >= half && step->p50 == 0)
            step->p50 = hdr_highest_at(i);
        if (seen >= most && step->p99 == 0)
            step->p99 = hdr_highest_at(i);
        keep(series, step, i, count);
    }
}
