/* 5 main: everything that a run consists of, as its options say, and the end of its connections. */
#include <stdlib.h>

#include "json.h"
#include "run.h"

static const struct workload *workload_of(const struct options *options)
{
    if (options->stream)
        return &stream_workload;
    if (options->until_refused)
        return &ceiling_workload;
    return options->load.rate > 0 ? &open_workload : &closed_workload;
}

static void prepare_connections(struct fleet *fleet, const struct options *options)
{
    struct connections *all = &fleet->all;
    all->clock = &fleet->clock;
    all->fleet = fleet;
    all->source = &fleet->source;
    all->active = options->active;
    all->total = (uint32_t)(options->idle + options->active);
    all->counts.first_error = -1;
    all->per_connection = options->load.per_connection;
    all->connect_timeout = options->connect_timeout;
    all->reply_timeout = options->reply_timeout;
    all->until_refused = options->until_refused;
    all->exchange = &options->load.exchange;
    all->payload = &options->load.payload;
    all->answered = fleet->loop.workload->answered;
    all->table = calloc(all->total + 1, sizeof *all->table);
    if (!all->table)
        fail("calloc: no memory for %u connections", (unsigned)all->total);
    source_resolve(&fleet->source, options->host, options->port);
    source_spread(&fleet->source, (uint32_t)options->sources, all->total);
    fleet->source.fin = options->fin;
    if (!pattern_create(&all->pattern, options->seed, options->load.payload.high))
        fail("malloc: no memory for a pattern of %zu bytes", (size_t)options->load.payload.high);
}

static void prepare_loop(struct fleet *fleet, const struct options *options)
{
    struct loop *loop = &fleet->loop;
    struct window *window = &loop->window;
    loop->clock = &fleet->clock;
    loop->all = &fleet->all;
    loop->kernel = &fleet->kernel;
    loop->fleet = fleet;
    loop->turns = options->turns;
    loop->turns.end = loop->wake = window->start = window->end = UINT64_MAX;
    loop->opening.in_flight = options->in_flight;
    loop->opening.small_idle = options->stream;
    window->duration = options->duration;
    window->interval = options->interval;
    if (!options->until_refused)
        window->intervals = (uint32_t)((options->duration + options->interval - 1) / options->interval);
    series_create(window);

    /* Time-outs are checked every tick: often enough to be precise, rarely enough to cost little. */
    uint64_t shortest = earlier(options->connect_timeout, options->reply_timeout);
    loop->tick = earlier(shortest / 8, 50 * MILLISECOND);
}

void prepare(struct fleet *fleet, const struct options *options)
{
    struct loop *loop = &fleet->loop;
    fleet->load = &options->load;
    fleet->streaming = &options->streaming;
    fleet->open.due = UINT64_MAX;
    loop->workload = workload_of(options);
    prepare_connections(fleet, options);
    prepare_loop(fleet, options);
    if (options->stream)
        stream_create(fleet);
    else
        load_create(fleet);
    if (options->load.rate > 0)
        open_create(fleet);
    kernel_open(&fleet->kernel);
    events_open(loop);
    loop->started = loop->progress.time = clock_read(&fleet->clock);
    loop->deadline = loop->started + options->deadline + options->warmup + options->duration;
    loop->next_tick = loop->started + loop->tick;
    loop->progress.next = loop->started + 500 * MILLISECOND;
}

/* At the limit of descriptors, code that runs at exit (a sanitizer's) needs some of them. */
void close_all(struct connections *all)
{
    for (uint32_t i = 0; i < all->total; i++)
        if (all->table[i].state != CLOSED)
            connection_close(all, &all->table[i]);
}
