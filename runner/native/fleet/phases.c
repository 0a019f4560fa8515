/* 5 main: the phases of a run: start, warm-up, window, drain; or the second proof of the ceiling. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "run.h"

static bool started(const struct loop *loop)
{
    return loop->go;
}

/* Several load generators start together: each waits for the line `start` when it is connected. */
void await_start(struct loop *loop)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = TOKEN_STDIN};
    bool watched = epoll_ctl(loop->all->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) == 0;
    if (!watched && errno == EBADF) {
        loop->stopped = "stdin"; /* closed before the load generator started */
        return;
    }
    if (!watched && errno != EPERM) /* EPERM: a file, which is always readable */
        fail("epoll_ctl stdin: %s", strerror(errno));
    while (!watched && !loop->go && !loop->stopped)
        start_read(loop);
    run_until(loop, started, UINT64_MAX);
    if (watched && epoll_ctl(loop->all->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL) == -1)
        fail("epoll_ctl stdin: %s", strerror(errno));
}

/* Hold the connections until `stop`. A server with a process for each client ends these processes
 * when the clients disconnect, and then their CPU time can no longer be read. */
void await_end(struct loop *loop)
{
    while (!loop->stopped) {
        loop->go = false;
        await_start(loop);
    }
}

/* Drive the load until `end`, except in the turns of other fleets. */
static void drive_until(struct loop *loop, uint64_t end, const char *phase)
{
    loop->phase = phase;
    while (loop->clock->now < end && !loop->stopped) {
        run_until(loop, NULL, earlier(end, loop->turns.end));
        if (loop->clock->now >= loop->turns.end && loop->clock->now < end && !loop->stopped)
            turns_next(loop);
    }
    loop->phase = NULL;
}

static void warm_up(struct loop *loop, uint64_t warmup)
{
    loop->phase = "warmup";
    loop->driving = true;
    turns_begin(loop);
    loop->workload->begin(loop->fleet);
    drive_until(loop, loop->clock->now + warmup, "warmup");
}

static bool drained(const struct loop *loop)
{
    return loop->all->counts.busy == 0 && loop->all->counts.connecting == 0;
}

/* Await the replies in flight, without recording them: a server that never answers must be
 * detected even if the window was short. */
static void drain(struct loop *loop)
{
    loop->draining = true;
    run_until(loop, drained, UINT64_MAX);
    /* Idle connections may have been lost at the last moment. Bounded, in case of a flood of events. */
    for (uint32_t n = 0; n < loop->all->total; n += EVENT_BATCH)
        if (events_turn(loop, 0) < EVENT_BATCH)
            break;
}

void drive(struct loop *loop, uint64_t warmup)
{
    struct window *window = &loop->window;
    clock_read(loop->clock);
    if (window->duration > 0)
        warm_up(loop, warmup);
    if (loop->stopped)
        return;
    window_open(window, loop->kernel, loop->clock);
    if (loop->driving)
        loop->wake = loop->clock->now; /* the steps of a ramp begin now */
    drive_until(loop, window->end, "measuring");
    window_close(window, loop->kernel, loop->clock);
    if (loop->workload->end)
        loop->workload->end(loop->fleet);
    drain(loop);
    if (loop->workload->drained)
        loop->workload->drained(loop->fleet);
    if (window->intervals > 0)
        series_step(window);
}

/* Requests in no window and in no turn. */
void drive_unmeasured(struct loop *loop, uint64_t duration)
{
    clock_read(loop->clock);
    loop->phase = "unmeasured";
    loop->driving = true;
    loop->workload->begin(loop->fleet);
    run_until(loop, NULL, loop->clock->now + duration);
    drain(loop);
    loop->phase = NULL;
}

/* The ceiling: every open connection proves service again. */
void prove_again(struct loop *loop)
{
    window_open(&loop->window, loop->kernel, loop->clock);
    loop->window.end = UINT64_MAX;
    loop->workload->begin(loop->fleet);
    run_until(loop, none_busy, UINT64_MAX);
    window_close(&loop->window, loop->kernel, loop->clock);
}
