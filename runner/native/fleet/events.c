/* One turn of the one loop: wait, hand out what happened, keep the clocks.
 *
 * Every descriptor is registered once, edge-triggered. The kernel then queues it
 * when something arrives and does not look at it again after reporting it; a
 * level-triggered one would go back on the queue and be polled a second time on
 * the next epoll_wait. The price: whoever is told must read until nothing is left. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "fleet.h"

/* From a timer's end to our running: so much earlier the open loop gets up, and looks again and
 * again until it is time. */
#define WAKING 20000

static void watch_level(struct fleet *fleet, int fd, uint32_t token)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = token};
    if (epoll_ctl(fleet->epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        fail("epoll_ctl: %s", strerror(errno));
}

/* Blocked signals reach a signalfd even in PID 1, which has no default actions. */
void events_open(struct fleet *fleet)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1)
        fail("sigprocmask: %s", strerror(errno));
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        fail("signal: %s", strerror(errno));
    /* The kernel may wake us 50 us late to wake others at the same time: not us. */
    if (prctl(PR_SET_TIMERSLACK, 1) == -1)
        fail("prctl: %s", strerror(errno));
    fleet->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (fleet->epoll == -1)
        fail("epoll_create1: %s", strerror(errno));
    int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd == -1)
        fail("signalfd: %s", strerror(errno));
    watch_level(fleet, fd, TOKEN_SIGNAL);
}

static void dispatch(struct fleet *fleet, const struct epoll_event *event)
{
    uint32_t token = event->data.u32;
    if (token == TOKEN_SIGNAL) {
        fleet->stopped = "signal";
    } else if (token == TOKEN_STDIN) {
        start_read(fleet);
    } else {
        struct connection *c = &fleet->connections[token];
        if (fleet->options.stream && (c->state == BUSY || c->state == READY))
            stream_event(fleet, c, event->events);
        else if (fleet->driving && is_slow(fleet, c) && c->state == READY)
            slow_event(fleet, c, event->events);
        else if (c->state == BUSY || c->state == READY)
            reply_event(fleet, c, event->events);
        else if (c->state != CLOSED)
            connect_event(fleet, c, event->events);
    }
}

/* A tick that comes so late: this process was stopped, frozen, or had no CPU. */
#define STILL (50 * MILLISECOND)

/* While we stood still replies may have come: they are read before any counts as overdue. */
static void look_at_overdue(struct fleet *fleet, uint64_t late)
{
    static bool spared;
    spared = late >= STILL && !spared;
    if (!spared)
        lose_overdue(fleet);
    if (late >= STILL && fleet->now > fleet->window_start)
        fleet->still += late < fleet->now - fleet->window_start ? late : fleet->now - fleet->window_start;
}

static void keep_clocks(struct fleet *fleet)
{
    const struct options *options = &fleet->options;
    if (fleet->now < fleet->next_tick)
        return;
    uint64_t late = fleet->now - fleet->next_tick;
    fleet->next_tick = fleet->now + fleet->tick;
    look_at_overdue(fleet, late);
    if (fleet->now >= fleet->next_progress)
        emit_progress(fleet);
    if (fleet->now - fleet->started >= options->deadline + options->warmup + options->duration &&
        !fleet->stopped)
        fleet->stopped = "deadline";
}

/* Sleep at most so long. A kernel before 5.11 knows only whole milliseconds: there the
 * rest is not slept, because late is worse than busy. */
static int wait_for(struct fleet *fleet, uint64_t nanoseconds)
{
    static bool whole_only;
    struct timespec left = {.tv_sec = (time_t)(nanoseconds / SECOND),
                            .tv_nsec = (long)(nanoseconds % SECOND)};
    if (nanoseconds == 0)
        return epoll_wait(fleet->epoll, fleet->events, EVENT_BATCH, 0);
    if (!whole_only) {
        int n = epoll_pwait2(fleet->epoll, fleet->events, EVENT_BATCH, &left, NULL);
        if (n != -1 || errno != ENOSYS)
            return n;
        whole_only = true;
    }
    return epoll_wait(fleet->epoll, fleet->events, EVENT_BATCH, (int)(nanoseconds / MILLISECOND));
}

/* Wait until something happens, or `until`, or the next tick; deal with it.
 * Returns how many events there were. */
int events_turn(struct fleet *fleet, uint64_t until)
{
    uint64_t wake = until < fleet->next_tick ? until : fleet->next_tick;
    uint64_t early = fleet->options.rate > 0 ? WAKING : 0;
    int n = wait_for(fleet, wake > fleet->now + early ? wake - fleet->now - early : 0);
    if (n == -1 && errno != EINTR)
        fail("epoll_wait: %s", strerror(errno));
    fleet->now = clock_now();
    for (int i = 0; i < n; i++) {
        dispatch(fleet, &fleet->events[i]);
        if (fleet->now >= fleet->wake)
            due_turn(fleet);
    }
    keep_clocks(fleet);
    return n;
}
