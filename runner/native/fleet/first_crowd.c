/* 5 main: a first crowd of clients, which is driven and leaves before the measured ones connect.
 *
 * A server that has just started and one whose clients have come and gone may differ: its memory
 * allocator, its tables and its interpreter keep what the first clients made them do. */
#include "run.h"

/* Long enough for a thousand requests, and no longer than the warm-up: interleaved trials connect one
 * after the other, so all of them wait for each crowd. */
#define LONGEST (50 * MILLISECOND)

/* The crowd sends the same requests, in a closed loop without pauses. */
static void take_crowd(struct options *crowd, const struct options *options)
{
    *crowd = *options;
    crowd->idle = 0;
    crowd->active = options->first_crowd;
    crowd->turns = (struct turns){0};
    crowd->load.think = (struct dist){0};
    crowd->load.rate = crowd->load.churn = crowd->load.slow_readers = crowd->load.slow_writers = 0;
    crowd->load.ramp = 1;
}

/* The server's errors count, whichever clients met them. */
static void pass_on(struct fleet *fleet, const struct fleet *crowd)
{
    struct counts *counts = &fleet->all.counts;
    const struct counts *met = &crowd->all.counts;
    for (int kind = 0; kind < ERROR_KINDS; kind++)
        counts->errors[kind] += met->errors[kind];
    counts->first_error = met->first_error;
    counts->limit = met->limit;
    counts->limit_granted = met->limit_granted;
    fleet->loop.stopped = crowd->loop.stopped;
}

void serve_first_crowd(struct fleet *fleet, const struct options *options)
{
    static struct options crowd_options;
    static struct fleet crowd;
    take_crowd(&crowd_options, options);
    prepare(&crowd, &crowd_options);
    connect_all(&crowd.loop);
    if (!crowd.loop.stopped)
        drive_unmeasured(&crowd.loop, earlier(options->warmup, LONGEST));
    close_all(&crowd.all);
    pass_on(fleet, &crowd);
    fleet->loop.started = clock_read(&fleet->clock); /* the time to connect begins here */
}
