/* The window in which is measured, and the closed loop: each active connection has
 * its requests in flight, always. (In the stream workload the server sets the pace;
 * the window is the same.) */
#include "fleet.h"

/* Is it now that counts? */
bool window_holds(const struct fleet *fleet)
{
    return fleet->now >= fleet->window_start && fleet->now <= fleet->window_end;
}

/* One request (or frame) more, in the total and in its interval. */
void window_count(struct fleet *fleet)
{
    while (fleet->now >= fleet->interval_end && fleet->interval_slot + 1 < fleet->intervals) {
        series_step(fleet);
        fleet->interval_slot++;
        fleet->interval_end += fleet->options.interval;
    }
    fleet->series.steps[fleet->interval_slot].requests++;
    fleet->requests++;
}

/* Begin what keeps the connection's requests in flight; it is sent with what follows. */
static void begin_all(struct fleet *fleet, struct connection *c, uint64_t due)
{
    while (c->asked - c->answered < fleet->options.pipeline)
        request_begin(fleet, c, due);
}

/* Its first request, or the first of its turn. */
void closed_begin(struct fleet *fleet, struct connection *c)
{
    reply_look(fleet, c);
    if (c->state != READY)
        return;
    fleet->now = clock_now();
    closed_refill(fleet, c);
    requests_send(fleet, c);
}

/* A reply came. At once the next request, or once all are answered a time to think. */
void closed_refill(struct fleet *fleet, struct connection *c)
{
    const struct dist *think = &fleet->options.think;
    if (think->high == 0) {
        begin_all(fleet, c, fleet->now);
    } else if (c->asked == c->answered) {
        uint32_t index = (uint32_t)(c - fleet->connections);
        uint64_t random = pattern_tag(~fleet->options.seed, index, c->answered);
        timer_set(fleet, c, fleet->now + dist_draw(think, random));
    }
}

/* It has thought. */
void closed_resume(struct fleet *fleet, struct connection *c)
{
    uint64_t due = c->stamp;
    fleet->now = clock_now();
    if (due >= fleet->window_start && due <= fleet->window_end)
        hdr_record(&fleet->lag, fleet->now - due);
    reply_look(fleet, c);
    if (c->state == CLOSED)
        return;
    begin_all(fleet, c, due);
    requests_send(fleet, c);
}

/* The runner reads the server's CPU time when it reads these two events: they
 * are written first, and nothing but reading our own clocks comes between. */
void window_open(struct fleet *fleet)
{
    emit_event("measuring");
    kernel_cpu(&fleet->kernel, &fleet->cpu);
    fleet->now = clock_now();
    fleet->window_start = fleet->now;
    fleet->window_end = fleet->now + fleet->options.duration;
    fleet->span = fleet->now + clock_paused;
    fleet->interval_end = fleet->now + fleet->options.interval;
}

void window_close(struct fleet *fleet)
{
    struct cpu begin = fleet->cpu;
    emit_event("measured");
    kernel_cpu(&fleet->kernel, &fleet->cpu);
    fleet->cpu.user -= begin.user;
    fleet->cpu.system -= begin.system;
    fleet->cpu.wall -= begin.wall;
    fleet->cpu.run -= begin.run;
    fleet->cpu.wait -= begin.wait;
    fleet->now = clock_now();
    if (fleet->now < fleet->window_end)
        fleet->window_end = fleet->now; /* interrupted, or the ceiling: over when it is over */
    fleet->span = fleet->now + clock_paused - fleet->span;
    fleet->still_in_window = fleet->still;
}

/* All that the ramp lets begin. With think times everybody begins by thinking: at one moment
 * they would be a burst. */
static void first_requests(struct fleet *fleet)
{
    if (fleet->draining || !fleet->driving)
        return;
    for (uint64_t most = ramp_of(fleet, slow_first(fleet)); fleet->driven < most; fleet->driven++)
        closed_begin(fleet, &fleet->connections[fleet->driven]);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What is due by our own clock, and when the next is. */
void due_turn(struct fleet *fleet)
{
    struct open *open = &fleet->open;
    open_turn(fleet);
    timers_turn(fleet);
    churn_turn(fleet);
    if (fleet->options.rate == 0)
        first_requests(fleet);
    fleet->wake = earlier(open->starved ? UINT64_MAX : open->due, timers_next(fleet));
    fleet->wake = earlier(fleet->wake, earlier(fleet->next_churn, ramp_next(fleet)));
}

static void run_until(struct fleet *fleet, uint64_t end, const char *phase)
{
    fleet->phase = phase;
    while (fleet->now < end && !fleet->stopped) {
        if (fleet->now >= fleet->turn_end)
            turns_next(fleet);
        uint64_t line = earlier(control_turn(fleet, end), fleet->turn_end);
        if (fleet->now >= fleet->wake)
            due_turn(fleet);
        events_turn(fleet, earlier(line, fleet->wake));
    }
    fleet->phase = NULL;
}

static void warm_up(struct fleet *fleet)
{
    fleet->phase = "warmup";
    fleet->driving = true;
    turns_begin(fleet);
    if (fleet->options.stream)
        stream_begin(fleet);
    else if (fleet->options.rate > 0)
        open_begin(fleet);
    if (!fleet->options.stream) {
        slow_begin(fleet);
        churn_begin(fleet);
        due_turn(fleet);
    }
    run_until(fleet, fleet->now + fleet->options.warmup, "warmup");
}

void drive(struct fleet *fleet)
{
    fleet->now = clock_now();
    if (fleet->options.duration > 0)
        warm_up(fleet);
    if (fleet->stopped)
        return;
    window_open(fleet);
    if (fleet->options.ramp > 1)
        fleet->wake = fleet->now; /* its steps count from now */
    run_until(fleet, fleet->window_end, "measuring");
    window_close(fleet);
    /* What is still in flight is awaited, though not recorded: a server that
     * never answers must be found out even when the window was short. */
    if (fleet->options.rate > 0)
        open_end(fleet);
    fleet->draining = true;
    while ((fleet->busy > 0 || fleet->connecting > 0) && !fleet->stopped)
        events_turn(fleet, UINT64_MAX);
    /* Idle connections lost at the last moment; as many turns as a flood cannot prolong. */
    for (uint32_t n = 0; n < fleet->total; n += EVENT_BATCH)
        if (events_turn(fleet, 0) < EVENT_BATCH)
            break;
    if (fleet->options.stream)
        stream_end(fleet);
    if (fleet->intervals > 0)
        series_step(fleet);
}
