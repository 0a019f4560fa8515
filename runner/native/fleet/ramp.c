/* 4 workload: a load that grows in equal steps of equal length. The warm-up has the first step. The
 * series shows the result of each step. */
#include "fleet.h"

/* The number of the step at a time, from 1. */
uint64_t ramp_step(const struct fleet *fleet, uint64_t when)
{
    const struct window *window = &fleet->loop.window;
    uint64_t steps = fleet->load->ramp;
    if (steps <= 1 || when <= window->start || window->duration == 0)
        return steps <= 1 ? steps : 1;
    uint64_t step = 1 + (uint64_t)((double)(when - window->start) * (double)steps / (double)window->duration);
    return step < steps ? step : steps;
}

/* When the next step begins; UINT64_MAX: the load grows no more. */
uint64_t ramp_next(const struct fleet *fleet)
{
    const struct window *window = &fleet->loop.window;
    uint64_t steps = fleet->load->ramp, step = ramp_step(fleet, fleet->clock.now);
    if (steps <= 1 || window->start == UINT64_MAX || step >= steps)
        return UINT64_MAX;
    return window->start + 1 + (uint64_t)((double)window->duration * (double)step / (double)steps);
}

/* The current share of `total`, at least 1. */
uint64_t ramp_of(const struct fleet *fleet, uint64_t total)
{
    if (fleet->load->ramp <= 1)
        return total;
    uint64_t now = total * ramp_step(fleet, fleet->clock.now) / fleet->load->ramp;
    return now > 0 || total == 0 ? now : 1;
}
