/* The fleet: the load generator of the lab. Opens idle and active connections to
 * an echo server and drives a closed loop, or listens to a player of streams;
 * verifies every byte, and says what it measured, itself included, so that a
 * saturated instrument is never mistaken for a slow server. */
#include <stdio.h>
#include <stdlib.h>

#include "fleet.h"
#include "summary.h"

static struct fleet fleet = {.first_error = -1, .window_start = UINT64_MAX, .window_end = UINT64_MAX,
                            .wake = UINT64_MAX, .next_churn = UINT64_MAX, .open = {.due = UINT64_MAX}};

static void prepare(void)
{
    const struct options *options = &fleet.options;
    fleet.total = (uint32_t)(options->idle + options->active);
    fleet.connections = calloc(fleet.total + 1, sizeof *fleet.connections);
    if (!options->until_refused)
        fleet.intervals = (uint32_t)((options->duration + options->interval - 1) / options->interval);
    if (!fleet.connections)
        fail("calloc: no memory for %u connections", (unsigned)fleet.total);
    target_resolve(&fleet);
    pattern_create(&fleet);
    series_create(&fleet);
    if (options->stream)
        stream_create(&fleet);
    else
        load_create(&fleet);
    kernel_open(&fleet.kernel);
    events_open(&fleet);

    /* Time-outs are looked at every tick: often enough to be honest, too rarely to cost. */
    uint64_t shortest = options->connect_timeout < options->reply_timeout ? options->connect_timeout
                                                                          : options->reply_timeout;
    fleet.tick = shortest / 8 < 50 * MILLISECOND ? shortest / 8 : 50 * MILLISECOND;
    fleet.started = fleet.now = fleet.progress_time = clock_now();
    fleet.next_tick = fleet.now + fleet.tick;
    fleet.next_progress = fleet.now + 500 * MILLISECOND;
    fleet.turn_end = UINT64_MAX;
}

static void release(void)
{
    for (uint32_t i = 0; i < fleet.total; i++)
        if (fleet.connections[i].state != CLOSED)
            connection_close(&fleet, &fleet.connections[i]);
    free(fleet.connections);
    free(fleet.listeners);
    free(fleet.due);
    free(fleet.actual);
    free(fleet.open.queue);
    free(fleet.timers.heap);
    free(fleet.series.steps);
    free(fleet.series.arena);
    free(fleet.series.before);
    free(fleet.pattern);
}

int main(int argc, char **argv)
{
    options_parse(&fleet.options, argc, argv);
    if (fleet.options.summary)
        summary_begin();
    prepare();
    emit_hello(&fleet);
    kernel_net(&fleet.kernel, &fleet.target, &fleet.net);

    connect_all(&fleet);
    if (!fleet.stopped && fleet.options.until_refused)
        fleet.stopped_by = ceiling_reason(&fleet);
    if (!fleet.stopped)
        emit_connected(&fleet);
    if (fleet.options.wait && !fleet.stopped)
        await_start(&fleet);
    if (!fleet.stopped && fleet.options.until_refused)
        ceiling_prove(&fleet);
    else if (!fleet.stopped)
        drive(&fleet);
    emit_result(&fleet);
    int code = fleet.options.summary ? summary_end(&fleet) : 0;
    if (fleet.options.wait)
        await_end(&fleet);
    release();
    return code;
}
