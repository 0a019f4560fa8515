/* 3 loop: requests and latencies of each interval of the window.
 *
 * The load generator fills one histogram for the whole window. At the end of an interval the counts
 * that were added since its beginning are written into an arena as pairs of bucket and count. So the
 * latencies of an interval can be merged without loss with those of other load generators, and
 * recording a request costs nothing more. Where the arena is too small, the percentiles remain. */
#include <stdlib.h>

#include "json.h"
#include "window.h"

#define ARENA_BUCKETS 65536U
#define MOST_STEPS 200U /* with latencies: an event is one line, and readers limit the length of a line */

void series_create(struct window *window)
{
    struct series *series = &window->series;
    series->whole = window->intervals <= MOST_STEPS;
    series->steps = calloc(window->intervals + 1, sizeof *series->steps);
    series->arena = malloc(ARENA_BUCKETS * sizeof *series->arena);
    series->before = calloc(HDR_COUNTS, sizeof *series->before);
    if (!series->steps || !series->arena || !series->before)
        fail("calloc: no memory for %u intervals", (unsigned)window->intervals);
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

/* The current interval is over. */
void series_step(struct window *window)
{
    const struct hdr *latency = &window->latency;
    struct series *series = &window->series;
    struct step *step = &series->steps[window->slot];
    uint64_t seen = 0, total = latency->total - series->total;
    uint64_t half = hdr_rank(total, 50), most = hdr_rank(total, 99);
    series->total = latency->total;
    step->from = series->used;
    for (uint32_t i = 0; i < HDR_COUNTS; i++) {
        uint64_t count = latency->counts[i] - series->before[i];
        if (count == 0)
            continue;
        series->before[i] = latency->counts[i];
        seen += count;
        if (seen >= half && step->p50 == 0)
            step->p50 = hdr_highest_at(i);
        if (seen >= most && step->p99 == 0)
            step->p99 = hdr_highest_at(i);
        keep(series, step, i, count);
    }
}
