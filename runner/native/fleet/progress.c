/* 3 loop: an event "progress" twice a second. */
#include <inttypes.h>
#include <stdio.h>

#include "json.h"
#include "loop.h"

void emit_progress(struct loop *loop)
{
    struct progress *progress = &loop->progress;
    const struct counts *counts = &loop->all->counts;
    uint64_t now = loop->clock->now;
    double seconds = (double)(now - progress->time) / SECOND;
    double done = (double)(counts->completed - progress->mark);
    *progress = (struct progress){now + 500 * MILLISECOND, now, counts->completed};
    if (!loop->phase)
        return;
    printf("{\"event\":\"progress\",\"phase\":\"%s\",\"connected\":%" PRIu32
           ",\"rate\":%.0f,\"p99_ns\":%" PRIu64 "}",
           loop->phase, counts->idle_alive + counts->active_alive, seconds > 0 ? done / seconds : 0,
           hdr_percentile(&loop->window.latency, 99));
    end_line();
}
