/*
 * monitoring: what does one monitoring call cost, as more and more are watched?
 *
 * call    N connections are watched and one of them is ready, always the one in the middle. The
 *         call never sleeps, so its CPU time is its cost: the kernel's part is the call itself,
 *         the application's is finding out which one is ready. This is the experiment behind
 *         table 63-9 of Kerrisk's book.
 * writes  N pairs, A of them active: whoever hears a byte passes it on to the next pair, until
 *         W bytes have been passed. This is the shape of libevent's bench.c.
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

/* On a virtual machine the kernel takes from the CPU clock what the host took, and may do so late:
 * a single call could come out as next to nothing. */
enum { FEWEST_CALLS = 8 };
enum { ACTIVE = 100 };

/* Each is more than twice the one before it: whoever speaks in one set is beyond the last. */
static const int sizes[] = {10, 30, 100, 300, 1000, 3000, 10000};
static const int pairs[] = {100, 1000, 9000};
enum { SIZES = sizeof sizes / sizeof *sizes, PAIRS = sizeof pairs / sizeof *pairs };

static bool speaks(int index)
{
    for (int i = 0; i < SIZES; i++)
        if (sizes[i] / 2 == index)
            return true;
    return false;
}

/* ---- call: one is ready ------------------------------------------------------------------ */

static int64_t ask_often(const struct watch *watch, int times)
{
    int64_t began = thread_cpu();
    for (int i = 0; i < times; i++)
        if (watch->ask() != 1)
            die("not exactly one is ready");
    return thread_cpu() - began;
}

static int64_t search_often(const struct watch *watch, int times, int *found)
{
    int64_t began = thread_cpu();
    for (int i = 0; i < times; i++) {
        watch->search(found);
        __asm__ volatile("" : : "r"(found) : "memory"); /* this is no loop to be optimised away */
    }
    return thread_cpu() - began;
}

static void measure_calls(const char *transport, const struct crowd *crowd, int count)
{
    int found[1024], speaker = crowd->fds[count / 2];
    struct pollfd heard = {.fd = speaker, .events = POLLIN};
    char byte;
    if (poll(&heard, 1, 10000) != 1)
        die("poll");
    for (int i = 0; i < WATCHES; i++)
        watches[i].watch_all(crowd->fds, count);
    for (int batch = 0; batch < BATCHES; batch++) {
        for (int i = 0; i < WATCHES; i++) {
            const struct watch *watch = &watches[i];
            int64_t once = ask_often(watch, 1) + 1;
            if (watch->search(found) != 1 || found[0] != speaker)
                die("the wrong one is ready");
            int times = once > BATCH_NS / FEWEST_CALLS ? FEWEST_CALLS : (int)(BATCH_NS / once);
            begin_finding("monitoring");
            add_text("case", "call");
            add_text("call", watch->name);
            add_text("transport", transport);
            add_whole("watched", count);
            add_real("kernel_ns", (double)ask_often(watch, times) / times);
            add_real("user_ns", (double)search_often(watch, times, found) / times);
            end_finding();
        }
    }
    for (int i = 0; i < WATCHES; i++)
        watches[i].forget();
    if (recv(speaker, &byte, 1, 0) != 1)
        die("recv");
}

/* ---- writes: a byte is passed on ------------------------------------------------------------ */

static void measure_writes(const struct watch *watch, int count, int active, int writes)
{
    int *ends = calloc(2 * (size_t)count, sizeof *ends), *found = calloc((size_t)count, sizeof *found);
    int *owner = NULL, highest = 0;
    if (ends == NULL || found == NULL)
        die("calloc");
    for (int i = 0; i < count; i++) { /* ends: those that hear, then those that are spoken to */
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
    int left = writes, underway = 0;
    for (int i = 0; i < active; i++, underway++)
        if (send(ends[count + i * (count / active)], "e", 1, 0) != 1)
            die("send");
    while (underway > 0) {
        char byte;
        watch->ask();
        int ready = watch->search(found);
        for (int i = 0; i < ready; i++) {
            if (recv(found[i], &byte, 1, 0) != 1)
                die("recv");
            underway--;
            if (left == 0)
                continue;
            left--;
            underway++;
            if (send(ends[count + (owner[found[i]] + 1) % count], "e", 1, 0) != 1)
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
    free(found);
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
        struct crowd *crowd = gather(transports[i], sizes[count - 1], speaks);
        for (int n = 0; n < count; n++)
            measure_calls(transports[i], crowd, sizes[n]);
        dismiss(crowd);
    }
    for (int n = 0; n < PAIRS; n++)
        for (int i = 0; i < WATCHES && 2 * pairs[n] <= limit; i++) {
            measure_writes(&watches[i], pairs[n], 1, 200);
            measure_writes(&watches[i], pairs[n], ACTIVE, 1000);
        }
    return 0;
}
