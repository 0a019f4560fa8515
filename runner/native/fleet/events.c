/* 3 loop: wait for events, dispatch them, do what is due by the clock.
 *
 * Every descriptor is registered once, edge-triggered. The kernel queues it when something
 * arrives and forgets it after reporting it. A level-triggered descriptor would return to the queue
 * and be polled a second time by the next epoll_wait. In exchange, the code that handles an event
 * must read until the socket is empty. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include "json.h"
#include "loop.h"

static void watch_level(int epoll, int fd, uint32_t token)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = token};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        fail("epoll_ctl: %s", strerror(errno));
}

/* Blocked signals reach a signalfd even in PID 1, for which signals have no default actions. */
void events_open(struct loop *loop)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1)
        fail("sigprocmask: %s", strerror(errno));
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        fail("signal: %s", strerror(errno));
    /* By default the kernel may wake a process 50 us late, to wake several at the same time. */
    if (prctl(PR_SET_TIMERSLACK, 1) == -1)
        fail("prctl: %s", strerror(errno));
    loop->all->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (loop->all->epoll == -1)
        fail("epoll_create1: %s", strerror(errno));
    int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd == -1)
        fail("signalfd: %s", strerror(errno));
    watch_level(loop->all->epoll, fd, TOKEN_SIGNAL);
}

/* A connection that is not open becomes open by sending the proof of service. */
static void connect_event(struct loop *loop, struct connection *c, uint32_t events)
{
    if (c->state == CONNECTING && loop->workload->prove(loop->fleet, c))
        c->state = PROVING;
    if (c->state != CLOSED && c->state != CONNECTING)
        loop->workload->event(loop->fleet, c, events);
}

static void dispatch(struct loop *loop, const struct epoll_event *event)
{
    uint32_t token = event->data.u32;
    if (token == TOKEN_SIGNAL) {
        loop->stopped = "signal";
    } else if (token == TOKEN_STDIN) {
        start_read(loop);
    } else {
        struct connection *c = &loop->all->table[token];
        if (c->state == BUSY || c->state == READY)
            loop->workload->event(loop->fleet, c, event->events);
        else if (c->state != CLOSED)
            connect_event(loop, c, event->events);
    }
}

/* A tick that is so late shows that this process was stopped or frozen, or had no CPU. */
#define STILL (50 * MILLISECOND)

/* Replies may have arrived while the process did not run. They are read before any of them counts
 * as overdue. */
static void look_at_overdue(struct loop *loop, uint64_t late)
{
    static bool spared;
    uint64_t now = loop->clock->now, start = loop->window.start;
    spared = late >= STILL && !spared;
    if (!spared)
        lose_overdue(loop->all);
    if (late >= STILL && now > start)
        loop->window.still += earlier(late, now - start);
}

static void keep_clocks(struct loop *loop)
{
    uint64_t now = loop->clock->now;
    if (now < loop->next_tick)
        return;
    uint64_t late = now - loop->next_tick;
    loop->next_tick = now + loop->tick;
    look_at_overdue(loop, late);
    if (now >= loop->progress.next)
        emit_progress(loop);
    if (now >= loop->deadline && !loop->stopped)
        loop->stopped = "deadline";
}

/* Sleep for at most so many nanoseconds. A kernel before 5.11 knows only whole milliseconds: there
 * the loop polls for the rest, because late is worse than busy. */
static int wait_for(struct loop *loop, uint64_t nanoseconds)
{
    static bool whole_only;
    int epoll = loop->all->epoll;
    struct timespec left = {.tv_sec = (time_t)(nanoseconds / SECOND),
                            .tv_nsec = (long)(nanoseconds % SECOND)};
    if (nanoseconds == 0)
        return epoll_wait(epoll, loop->events, EVENT_BATCH, 0);
    if (!whole_only) {
        int n = epoll_pwait2(epoll, loop->events, EVENT_BATCH, &left, NULL);
        if (n != -1 || errno != ENOSYS)
            return n;
        whole_only = true;
    }
    return epoll_wait(epoll, loop->events, EVENT_BATCH, (int)(nanoseconds / MILLISECOND));
}

/* Let the workload do what is due, and ask it for the next time. */
void due_turn(struct loop *loop)
{
    loop->workload->due(loop->fleet);
    loop->wake = loop->workload->next(loop->fleet);
}

/* No request is begun while replies are awaited or another load generator has its turn. */
static uint64_t next_due(const struct loop *loop)
{
    return loop->draining || loop->turns.holding ? UINT64_MAX : loop->wake;
}

/* Wait for an event, for `until`, for something due or for the next tick; handle it.
 * Returns the number of events. */
int events_turn(struct loop *loop, uint64_t until)
{
    if (loop->clock->now >= next_due(loop))
        due_turn(loop);
    uint64_t now = loop->clock->now + loop->early;
    uint64_t wake = earlier(earlier(until, next_due(loop)), loop->next_tick);
    int n = wait_for(loop, wake > now ? wake - now : 0);
    if (n == -1 && errno != EINTR)
        fail("epoll_wait: %s", strerror(errno));
    clock_read(loop->clock);
    for (int i = 0; i < n; i++) {
        dispatch(loop, &loop->events[i]);
        if (loop->clock->now >= next_due(loop))
            due_turn(loop);
    }
    keep_clocks(loop);
    return n;
}

/* Handle events until `done` holds (NULL: it never does), until the clock shows `until`, or until the
 * load generator is stopped. */
void run_until(struct loop *loop, bool (*done)(const struct loop *loop), uint64_t until)
{
    while (loop->clock->now < until && !loop->stopped && !(done && done(loop)))
        events_turn(loop, until);
}

bool none_busy(const struct loop *loop)
{
    return loop->all->counts.busy == 0;
}
