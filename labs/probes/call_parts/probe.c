/*
 * call_parts: what are the parts of the cost of one call of select, poll or epoll_wait?
 *
 * N descriptors are watched: N-1 idle connections and, in the last place, a timer. No part can be
 * timed alone from outside the kernel, so the probe times calls that differ in one part only:
 *
 * nothing_ns  no descriptor: enter the kernel and leave it
 * blank_ns    N places, nothing to examine in them: also copy the set
 * ready_ns    the timer is ready, timeout 0: also examine each descriptor
 * queued_ns   the timer is ready, no timeout: also join the wait queue of each descriptor, since
 *             the kernel comes to the ready one last, and leave the queues
 * alone_ns    N places with only the timer in them; the call sleeps until it expires
 * asleep_ns   all N; the call sleeps until the timer expires: the call of a server
 * search_ns   the application looks for the ready one in the answer
 * add_ns, remove_ns  epoll only: epoll_ctl for one descriptor, which epoll_wait needs once
 *
 * All are CPU time of the calling thread. A sleeping call examines each descriptor twice: before
 * it sleeps and after it has woken.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "call.h"
#include "finding.h"
#include "idle.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* Many short rounds: what disturbs the machine for longer than one round shifts all its parts. */
enum { RESERVE = 64, ROUNDS = 9, ROUND_NS = 200000, SLEEPS = 3, EARLIEST_NS = 300000 };

static const int sizes[] = {10, 100, 1000, 10000};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* The timer is the last place of a bitmap only if no watched descriptor has a higher number. */
static int open_timer(int lowest)
{
    int any = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    if (any == -1)
        die("timerfd_create");
    int timer = fcntl(any, F_DUPFD_CLOEXEC, lowest);
    if (timer == -1 || close(any) == -1)
        die("fcntl");
    return timer;
}

static void set_timer(int timer, int64_t ns)
{
    struct itimerspec once = {.it_value = {ns / 1000000000, ns % 1000000000}};
    if (timerfd_settime(timer, 0, &once, NULL) == -1)
        die("timerfd_settime");
}

static int64_t time_calls(const struct call *call, enum set set, int timeout, int times)
{
    int expected = set == ALONE || set == ALL;
    int64_t began = thread_cpu();
    for (int i = 0; i < times; i++)
        if (call->ask(set, timeout) != expected)
            die("another number of descriptors is ready");
    return thread_cpu() - began;
}

static double each_call(const struct call *call, enum set set, int timeout)
{
    int64_t once = time_calls(call, set, timeout, 1) + 1; /* not counted: it fills the caches */
    int times = once > ROUND_NS ? 1 : (int)(ROUND_NS / once);
    return (double)time_calls(call, set, timeout, times) / times;
}

static long sleeps(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) == -1)
        die("getrusage");
    return usage.ru_nvcsw;
}

/* The timer expires long after the call has examined everything for the first time. */
static double each_sleeping_call(const struct call *call, enum set set, int timer, int64_t delay,
                                 long *slept)
{
    int64_t spent = 0;
    long before = sleeps();
    for (int i = 0; i < SLEEPS; i++) {
        set_timer(timer, delay);
        spent += time_calls(call, set, FOREVER, 1);
    }
    *slept += sleeps() - before;
    return (double)spent / SLEEPS;
}

static double each_search(const struct call *call, int timer)
{
    int64_t began = thread_cpu(), spent = 0;
    int times = 0;
    for (; spent < ROUND_NS; times++) {
        if (call->search() != timer)
            die("the wrong one is ready");
        __asm__ volatile("" : : : "memory"); /* keep the loop when optimizing */
        if (times % 64 == 63)
            spent = thread_cpu() - began;
    }
    return (double)(thread_cpu() - began) / times;
}

/* What epoll pays once for a descriptor, and select and poll in every call that sleeps. */
static void time_interest(const struct idle *idle)
{
    struct epoll_event readable = {.events = EPOLLIN};
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1)
        die("epoll_create1");
    int64_t began = thread_cpu();
    for (int i = 0; i < idle->count; i++)
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, idle->fds[i], &readable) == -1)
            die("epoll_ctl");
    int64_t added = thread_cpu();
    for (int i = 0; i < idle->count; i++)
        if (epoll_ctl(epoll, EPOLL_CTL_DEL, idle->fds[i], NULL) == -1)
            die("epoll_ctl");
    int64_t removed = thread_cpu();
    add_real("add_ns", (double)(added - began) / idle->count);
    add_real("remove_ns", (double)(removed - added) / idle->count);
    if (close(epoll) == -1)
        die("close");
}

static void measure(const struct call *call, const struct idle *idle, int timer)
{
    long slept = 0;
    set_timer(timer, 1);
    while (call->ask(ALL, FOREVER) != 1)
        continue;
    double nothing = each_call(call, NOTHING, AT_ONCE), blank = each_call(call, BLANK, AT_ONCE);
    double ready = each_call(call, ALL, AT_ONCE), queued = each_call(call, ALL, FOREVER);
    double search = each_search(call, timer);
    int64_t delay = EARLIEST_NS + 2 * (int64_t)queued;
    double alone = each_sleeping_call(call, ALONE, timer, delay, &slept);
    double asleep = each_sleeping_call(call, ALL, timer, delay, &slept);

    begin_finding("call_parts");
    add_text("call", call->name);
    add_whole("watched", idle->count + 1);
    add_real("nothing_ns", nothing);
    add_real("blank_ns", blank);
    add_real("ready_ns", ready);
    add_real("queued_ns", queued);
    add_real("alone_ns", alone);
    add_real("asleep_ns", asleep);
    add_real("search_ns", search);
    add_whole("sleeping_calls", 2 * SLEEPS);
    add_whole("sleeps", slept);
    if (call == &calls[CALLS - 1])
        time_interest(idle);
    end_finding();
}

int main(int argc, char **argv)
{
    long limit = raise_nofile() - RESERVE;
    long most = read_argument(argc, argv, "most", 10000);
    for (int n = 0; n < SIZES && sizes[n] <= limit && sizes[n] <= most; n++) {
        struct idle *idle = connect_idle(sizes[n] - 1);
        int timer = open_timer(idle->fds[idle->count - 1] + 1);
        for (int i = 0; i < CALLS; i++)
            calls[i].prepare(idle->fds, idle->count, timer);
        for (int round = 0; round < ROUNDS; round++)
            for (int i = 0; i < CALLS; i++)
                measure(&calls[i], idle, timer);
        for (int i = 0; i < CALLS; i++)
            calls[i].forget();
        if (close(timer) == -1)
            die("close");
        close_idle(idle);
    }
    return 0;
}
