/* A load that grows in steps: of so many equal ones, the first is there from the warm-up on and
 * each of the others for as long. What each did is in the series. */
#include "fleet.h"

/* Which step is it at a time? From 1. */
uint64_t ramp_step(const struct fleet *fleet, uint64_t when)
{
    uint64_t steps = fleet->options.ramp;
    if (steps <= 1 || when <= fleet->window_start || fleet->options.duration == 0)
        return steps <= 1 ? steps : 1;
    uint64_t step = 1 + (uint64_t)((double)(when - fleet->window_start) * (double)steps /
                                   (double)fleet->options.duration);
    return step < steps ? step : steps;
}

/* When the next step begins; UINT64_MAX: there is none. */
uint64_t ramp_next(const struct fleet *fleet)
{
    uint64_t steps = fleet->options.ramp, step = ramp_step(fleet, fleet->now);
    if (steps <= 1 || fleet->window_start == UINT64_MAX || step >= steps)
        return UINT64_MAX;
    return fleet->window_start + 1 + (uint64_t)((double)fleet->options.duration * (double)step /
                                                (double)steps);
}

/* So much of `total` is there now, and something of it always. */
uint64_t ramp_of(const struct fleet *fleet, uint64_t total)
{
    if (fleet->options.ramp <= 1)
        return total;
    uint64_t now = total * ramp_step(fleet, fleet->now) / fleet->options.ramp;
    return now > 0 || total == 0 ? now : 1;
}
