/*
 * monitoring: what does one monitoring call cost, as more and more descriptors are watched?
 *
 * call    N connections are watched and one of them is ready, always the middle one. The call
 *         never sleeps, so its CPU time is its cost. The kernel's part is the call itself; the
 *         application's part is the search for the ready descriptor. This is the experiment
 *         behind table 63-9 of Kerrisk, TLPI.
 * ready   1000 connections are watched and R of them are ready: what does each ready one add? Each
 *         call reports all of them; none is read, as level-triggered epoll would report it again.
 * writes  N pairs, A of them active: each byte that arrives is sent on to the next pair, until W
 *         bytes have been sent. This is the shape of libevent's bench.c.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "crowd.h"
#include "finding.h"
#include "watch.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RESERVE = 64, BATCHES = 5, BATCH_NS = 4000000 };

/* On a virtual machine the kernel subtracts the time that the host took from the CPU clock,
 * perhaps late. A single call could then seem to cost nearly nothing. */
enum { FEWEST_CALLS = 8 };
enum { ACTIVE = 100 };

/* Each size is more than twice the one before, so the active connection of one set is outside
 * all smaller sets. */
static const int sizes[] = {10, 30, 100, 300, 1000, 3000, 10000};
static const int pairs[] = {100, 1000, 9000};
static const int ready_counts[] = {1000, 300, 100, 30, 10, 3, 1};
enum { SIZES = sizeof sizes / sizeof *sizes, PAIRS = sizeof pairs / sizeof *pairs };
enum { READY_COUNTS = sizeof ready_counts / sizeof *ready_counts };

static bool is_active(int index)
{
    for (int i = 0; i < SIZES; i++)
        if (sizes[i] / 2 == index)
            return true;
    return false;
}

static bool is_any(int index)
{
    return index >= 0;
}

/* The holder of the other ends sends its bytes a little later than the connections are made. */
static void await_byte(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    if (poll(&entry, 1, 10000) != 1)
        die("poll");
}

/* ---- call: one descriptor is ready ------------------------------------------------------- */

static int64_t time_calls(const struct watch *watch, int times, int ready)
{
    int64_t began = thread_cpu();
    for (int i = 0; i < times; i++)
        if (watch->ask() != ready)
            die("another number is ready");
    return thread_cpu() - began;
}

static int64_t time_searches(const struct watch *watch, int times, int *ready_fds)
{
    int64_t began = thread_cpu();
    for (int i = 0; i < times; i++) {
        watch->search(ready_fds);
        __asm__ volatile("" : : "r"(ready_fds) : "memory"); /* keep the loop when optimizing */
    }
    return thread_cpu() - began;
}

/* The kernel's and the application's part of one call, as fields of a finding. */
static void time_watch(const struct watch *watch, int ready, int *ready_fds)
{
    int64_t once = time_calls(watch, 1, ready) + 1;
    int times = once > BATCH_NS / FEWEST_CALLS ? FEWEST_CALLS : (int)(BATCH_NS / once);
    add_real("kernel_ns", (double)time_calls(watch, times, ready) / times);
    add_real("user_ns", (double)time_searches(watch, times, ready_fds) / times);
}

static void measure_calls(const char *transport, const struct crowd *crowd, int count)
{
    int ready_fds[1024], active = crowd->fds[count / 2];
    char byte;
    await_byte(active);
    for (int i = 0; i < WATCHES; i++)
        watches[i].watch_all(crowd->fds, count);
    for (int batch = 0; batch < BATCHES; batch++) {
        for (int i = 0; i < WATCHES; i++) {
            const struct watch *watch = &watches[i];
            if (watch->ask() != 1 || watch->search(ready_fds) != 1 || ready_fds[0] != active)
                die("the wrong one is ready");
            begin_finding("monitoring");
            add_text("case", "call");
            add_text("call", watch->name);
            add_text("transport", transport);
            add_whole("watched", count);
            time_watch(watch, 1, ready_fds);
            end_finding();
        }
    }
    for (int i = 0; i < WATCHES; i++)
        watches[i].forget();
    if (recv(active, &byte, 1, 0) != 1)
        die("recv");
}

/* ---- ready: many descriptors are ready ---------------------------------------------------- */

/* Every connection of the crowd has a byte to read; reading it makes the connection silent. */
static void measure_ready(const struct crowd *crowd)
{
    int ready_fds[1024], ready = crowd->count;
    char byte;
    for (int i = 0; i < crowd->count; i++)
        await_byte(crowd->fds[i]);
    for (int i = 0; i < WATCHES; i++)
        watches[i].watch_all(crowd->fds, crowd->count);
    for (int n = 0; n < READY_COUNTS; n++) {
        if (ready_counts[n] > crowd->count)
            continue;
        for (; ready > ready_counts[n]; ready--)
            if (recv(crowd->fds[ready - 1], &byte, 1, 0) != 1)
                die("recv");
        for (int batch = 0; batch < BATCHES; batch++)
            for (int i = 0; i < WATCHES; i++) {
                begin_finding("monitoring");
                add_text("case", "ready");
                add_text("call", watches[i].name);
                add_whole("watched", crowd->count);
                add_whole("ready", ready);
                time_watch(&watches[i], ready, ready_fds);
                end_finding();
            }
    }
    for (int i = 0; i < WATCHES; i++)
        watches[i].forget();
}

/* ---- writes: each byte is sent on to the next pair ------------------------------------------ */

static void measure_writes(const struct watch *watch, int count, int active, int writes)
{
    int *ends = calloc(2 * (size_t)count, sizeof *ends);
    int *ready_fds = calloc((size_t)count, sizeof *ready_fds);
    int *owner = NULL, highest = 0;
    if (ends == NULL || ready_fds == NULL)
        die("calloc");
    for (int i = 0; i < count; i++) { /* first all receiving ends, then all sending ends */
        int pair[2];
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == -1)
            die("socketpair");
        ends[i] = pair[0];
        ends[count + i] = pair[1];
        highest = pair[0] > highest ? pair[0] : highest;
    }
    if ((owner = calloc((size_t)highest + 1, sizeof *owner)) == NULL)
        die("calloc");
    for (int i = 0; i < count; i++)
        owner[ends[i]] = i;
    watch->watch_all(ends, count);

    int64_t began = thread_cpu();
    int left = writes, in_flight = 0;
    for (int i = 0; i < active; i++, in_flight++)
        if (send(ends[count + i * (count / active)], "e", 1, 0) != 1)
            die("send");
    while (in_flight > 0) {
        char byte;
        watch->ask();
        int ready = watch->search(ready_fds);
        for (int i = 0; i < ready; i++) {
            if (recv(ready_fds[i], &byte, 1, 0) != 1)
                die("recv");
            in_flight--;
            if (left == 0)
                continue;
            left--;
            in_flight++;
            if (send(ends[count + (owner[ready_fds[i]] + 1) % count], "e", 1, 0) != 1)
                die("send");
        }
    }
    int64_t spent = thread_cpu() - began;

    begin_finding("monitoring");
    add_text("case", "writes");
    add_text("call", watch->name);
    add_whole("watched", count);
    add_whole("active", active);
    add_whole("writes", writes);
    add_whole("cpu_ns", spent);
    end_finding();
    watch->forget();
    for (int i = 0; i < 2 * count; i++)
        if (close(ends[i]) == -1)
            die("close");
    free(ends);
    free(ready_fds);
    free(owner);
}

int main(int argc, char **argv)
{
    static const char *const transports[] = {"unix", "tcp"};
    long limit = raise_nofile() - RESERVE;
    long most = read_argument(argc, argv, "most", 10000);
    for (int i = 0; i < 2; i++) {
        int count = 0;
        while (count < SIZES && sizes[count] <= limit && sizes[count] <= most)
            count++;
        struct crowd *crowd = gather(transports[i], sizes[count - 1], is_active);
        for (int n = 0; n < count; n++)
            measure_calls(transports[i], crowd, sizes[n]);
        dismiss(crowd);
    }
    long largest = most < limit ? most : limit;
    int watched = largest < ready_counts[0] ? (int)largest : ready_counts[0];
    struct crowd *busy = gather("unix", watched, is_any);
    measure_ready(busy);
    dismiss(busy);
    for (int n = 0; n < PAIRS; n++)
        for (int i = 0; i < WATCHES && 2 * pairs[n] <= limit; i++) {
            measure_writes(&watches[i], pairs[n], 1, 200);
            measure_writes(&watches[i], pairs[n], ACTIVE, 1000);
        }
    return 0;
}
