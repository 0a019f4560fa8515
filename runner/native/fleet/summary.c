/* 5 main: --summary prints the result in a few lines for people, instead of JSON. The exit code says
 * whether all replies were right. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "json.h"
#include "run.h"

static FILE *people;

/* From now on events are not printed; a copy of stdout is kept for the summary. */
void summary_begin(void)
{
    int kept = dup(STDOUT_FILENO);
    summarised = true;
    people = kept < 0 ? NULL : fdopen(kept, "w");
    if (!people || !freopen("/dev/null", "w", stdout))
        fail("dup: no descriptor for the summary");
}

static void put_time(const char *name, uint64_t ns)
{
    fprintf(people, "  %s %.3g %s", name, (double)ns / (ns < MILLISECOND ? 1e3 : 1e6),
            ns < MILLISECOND ? "us" : "ms");
}

static uint64_t put_lost(const uint64_t *errors)
{
    uint64_t lost = 0;
    fputs("errors     ", people);
    for (int i = 0; i < ERROR_KINDS; i++) {
        if (errors[i])
            fprintf(people, "%s%s %" PRIu64, lost ? ", " : "", error_names[i], errors[i]);
        lost += errors[i];
    }
    fputs(lost ? "\n" : "none\n", people);
    return lost;
}

/* 1: a connection was lost or refused, or a reply was wrong or late; else 0. */
int summary_end(const struct run *run)
{
    const struct counts *counts = &run->fleet.all.counts;
    const struct window *window = &run->fleet.loop.window;
    const struct hdr *latency = &window->latency;
    double seconds = (double)(window->end - window->start) / SECOND;
    double answered = (double)window->within + window->across;
    fprintf(people, "connected  %" PRIu32 " idle, %" PRIu32 " active at the end\n",
            counts->idle_alive, counts->active_alive);
    if (run->options.until_refused)
        fprintf(people, "served     %" PRIu32 " before the server refused\n", counts->served);
    if (window->end != UINT64_MAX && seconds > 0 && answered > 0)
        fprintf(people, "replies    %.0f in %.2f s, %.0f a second\n", answered, seconds,
                answered / seconds);
    if (latency->total > 0) {
        fputs("latency  ", people);
        put_time("p50", hdr_percentile(latency, 50));
        put_time("p99", hdr_percentile(latency, 99));
        put_time("max", hdr_percentile(latency, 100));
        fputs("\n", people);
    }
    uint64_t lost = put_lost(counts->errors);
    fclose(people);
    return lost && !run->options.until_refused;
}
