/* For people, in place of JSON: --summary says in the end what was measured, in a few lines, and by
 * the exit code whether all replies were right. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "summary.h"

static FILE *people;

/* The events go nowhere from now on; stdout is kept for the end. */
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

static uint64_t put_lost(const struct fleet *fleet)
{
    uint64_t lost = 0;
    fputs("errors     ", people);
    for (int i = 0; i < ERROR_KINDS; i++) {
        if (fleet->errors[i])
            fprintf(people, "%s%s %" PRIu64, lost ? ", " : "", error_names[i], fleet->errors[i]);
        lost += fleet->errors[i];
    }
    fputs(lost ? "\n" : "none\n", people);
    return lost;
}

/* 1 where a connection was lost or refused, or a reply wrong or late; else 0. */
int summary_end(const struct fleet *fleet)
{
    double seconds = (double)(fleet->window_end - fleet->window_start) / SECOND;
    double answered = (double)fleet->within + fleet->across;
    fprintf(people, "connected  %" PRIu32 " idle, %" PRIu32 " active at the end\n",
            fleet->idle_alive, fleet->active_alive);
    if (fleet->options.until_refused)
        fprintf(people, "served     %" PRIu32 " before the server refused\n", fleet->served);
    if (fleet->window_end != UINT64_MAX && seconds > 0 && answered > 0)
        fprintf(people, "replies    %.0f in %.2f s, %.0f a second\n", answered, seconds,
                answered / seconds);
    if (fleet->latency.total > 0) {
        fputs("latency  ", people);
        put_time("p50", hdr_percentile(&fleet->latency, 50));
        put_time("p99", hdr_percentile(&fleet->latency, 99));
        put_time("max", hdr_percentile(&fleet->latency, 100));
        fputs("\n", people);
    }
    uint64_t lost = put_lost(fleet);
    fclose(people);
    return lost && !fleet->options.until_refused;
}
