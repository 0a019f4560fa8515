/* 3 loop: the window in which the load generator measures. */
#include "json.h"
#include "window.h"

/* The runner reads the server's CPU time when it reads the events "measuring" and "measured". So each
 * is written first, and only readings of the load generator's own CPU time and clock follow. */
void window_open(struct window *window, const struct kernel *kernel, struct clock *clock)
{
    emit_event("measuring");
    kernel_cpu(kernel, &window->cpu);
    window->start = window->cpu.wall = clock_read(clock);
    window->end = window->start + window->duration;
    window->span = window->start + clock->paused;
    window->interval_end = window->start + window->interval;
}

void window_close(struct window *window, const struct kernel *kernel, struct clock *clock)
{
    struct cpu begin = window->cpu, *cpu = &window->cpu;
    emit_event("measured");
    kernel_cpu(kernel, cpu);
    uint64_t now = clock_read(clock);
    *cpu = (struct cpu){cpu->user - begin.user, cpu->system - begin.system, now - begin.wall,
                        cpu->run - begin.run, cpu->wait - begin.wait};
    if (now < window->end)
        window->end = now; /* interrupted, or the ceiling, which ends when it has its answers */
    window->span = now + clock->paused - window->span;
    window->still_in_window = window->still;
}

/* One request (or frame) more, in the total and in its interval. */
void window_count(struct window *window, uint64_t at)
{
    while (at >= window->interval_end && window->slot + 1 < window->intervals) {
        series_step(window);
        window->slot++;
        window->interval_end += window->interval;
    }
    window->series.steps[window->slot].requests++;
    window->requests++;
}

/* The share of sent..at that lies in the window. */
static double share_inside(const struct window *window, uint64_t sent, uint64_t at)
{
    uint64_t from = sent > window->start ? sent : window->start;
    uint64_t to = at < window->end ? at : window->end;
    return from < to ? (double)(to - from) / (double)(at - sent) : 0;
}

/* For the rate: replies a second of the window, whenever their requests were sent. A request across
 * an end of the window counts by the share of its time inside. So the rate of a slow server depends
 * neither on the window's length nor on the moment of a reply at which the window begins. */
void window_answered(struct window *window, uint64_t sent, uint64_t at)
{
    if (sent >= window->start && at <= window->end)
        window->within++;
    else
        window->across += share_inside(window, sent, at);
}
