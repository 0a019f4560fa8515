/*
 * shared_set: one thread waits, another changes the set of descriptors. What does the call report?
 *
 * add          another descriptor, with a byte to read, is put into the set
 * close        the watched descriptor is closed, then its peer sends
 * reuse        its number is given to another file, then the old peer sends
 * reuse_heard  the same, and then the new peer sends
 * reuse_held   as reuse, but a copy of the old descriptor is open elsewhere (as after a fork)
 *
 * select is tried twice: with the shared set as its argument, which it overwrites, and with a
 * private copy (select_copy).
 *
 * The change is made when the kernel shows that the waiter sleeps. The outcomes, over many tries:
 *
 * woken       reported the right descriptor during the wait
 * late        reported it only when the timeout was over
 * next_call   reported it only in the next call
 * never       reported it neither in this call nor in the next one
 * invalid     reported an invalid descriptor: POLLNVAL, EBADF
 * closed      reported "readable" for a number that is closed
 * wrong_file  reported "readable" for a number that by now is another file, which is not readable
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "finding.h"
#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { LANES = 64, TIMEOUT = 40 }; /* waiters at once; milliseconds */
enum outcome { WOKEN, LATE, NEXT_CALL, NEVER, INVALID, CLOSED, WRONG_FILE, OUTCOMES };
enum scenario { ADD, CLOSE, REUSE, REUSE_HEARD, REUSE_HELD, SCENARIOS };

static const char *const outcome_names[OUTCOMES] = {"woken",   "late",   "next_call", "never",
                                                    "invalid", "closed", "wrong_file"};
static const char *const scenario_names[SCENARIOS] = {"add", "close", "reuse", "reuse_heard",
                                                      "reuse_held"};

/* The waiter watches watched[0]; spare[0] is the other file. Index 1 is the peer of each. */
struct lane {
    struct set *set;
    int watched[2], spare[2], held, state;
    enum scenario scenario;
    pthread_t thread;
    _Atomic int tid;
    _Atomic int64_t began;
    bool missed; /* the change came too late: the try does not count */
    enum outcome outcome;
};

/* ---- What the call reports --------------------------------------------------------------- */

/* The byte shows which file it came from: 'o' from the old file's peer, 'n' from the new
 * file's. */
static enum outcome outcome_of(const struct lane *lane, const struct report *report, bool in_time)
{
    char byte = '?';
    if (report->invalid)
        return INVALID;
    if (recv(report->fd, &byte, 1, MSG_DONTWAIT) == -1)
        return errno == EBADF ? CLOSED : WRONG_FILE;
    bool right = lane->scenario == ADD || lane->scenario == REUSE_HEARD ? byte == 'n' : byte == 'o';
    return !right ? WRONG_FILE : in_time ? WOKEN : LATE;
}

static void *wait_and_see(void *argument)
{
    struct lane *lane = argument;
    struct report report;
    lane->began = now();
    lane->tid = gettid();
    bool reported = wait_for(lane->set, TIMEOUT, &report);
    bool in_time = now() - lane->began < TIMEOUT * 1000000LL;
    if (reported) {
        lane->outcome = outcome_of(lane, &report, in_time);
        return NULL;
    }
    lane->outcome = NEVER;
    if (wait_for(lane->set, 0, &report)) {
        enum outcome then = outcome_of(lane, &report, true);
        lane->outcome = then == WOKEN ? NEXT_CALL : then;
    }
    return NULL;
}

/* ---- What the main thread does -------------------------------------------------------------- */

/* Opened for all lanes before any change, so that no file of this probe takes a number that a
 * lane gives up. */
static int open_state(int tid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static bool sleeps(int state)
{
    char text[256];
    for (;;) {
        ssize_t length = state == -1 ? -1 : pread(state, text, sizeof text - 1, 0);
        if (length <= 0)
            return false; /* it has ended */
        text[length] = '\0';
        const char *word = strrchr(text, ')');
        if (word != NULL && word[2] == 'S')
            return true;
        if (word == NULL || word[2] == 'Z' || word[2] == 'X')
            return false;
        sched_yield();
    }
}

static void send_byte(int peer, char byte)
{
    if (send(peer, &byte, 1, MSG_NOSIGNAL) == -1 && errno != EPIPE && errno != ECONNRESET)
        die("send");
}

static void change(struct lane *lane)
{
    switch (lane->scenario) {
    case ADD:
        send_byte(lane->spare[1], 'n');
        add_to(lane->set, lane->spare[0]);
        return;
    case CLOSE:
        if (close(lane->watched[0]) == -1)
            die("close");
        lane->watched[0] = -1;
        send_byte(lane->watched[1], 'o');
        return;
    case REUSE_HELD:
        if ((lane->held = dup(lane->watched[0])) == -1)
            die("dup");
        /* fall through */
    default:
        if (dup2(lane->spare[0], lane->watched[0]) == -1)
            die("dup2");
        if (lane->scenario == REUSE_HEARD)
            send_byte(lane->spare[1], 'n');
        else
            send_byte(lane->watched[1], 'o');
    }
}

/* ---- One round of tries ---------------------------------------------------------------------- */

static void prepare(struct lane *lane, const char *call, enum scenario scenario)
{
    lane->scenario = scenario;
    lane->tid = 0;
    lane->held = lane->state = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lane->watched) == -1 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, lane->spare) == -1)
        die("socketpair");
    lane->set = make_set(call, lane->watched[0]);
    if ((errno = pthread_create(&lane->thread, NULL, wait_and_see, lane)) != 0)
        die("pthread_create");
}

static void clear(struct lane *lane)
{
    if ((errno = pthread_join(lane->thread, NULL)) != 0)
        die("pthread_join");
    drop_set(lane->set);
    int fds[] = {lane->watched[0], lane->watched[1], lane->spare[0], lane->spare[1], lane->held,
                 lane->state};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] != -1 && close(fds[i]) == -1)
            die("close");
}

static void try_often(const char *call, enum scenario scenario, long tries)
{
    static struct lane lanes[LANES];
    long counts[OUTCOMES] = {0}, missed = 0, started = 0;
    struct utsname kernel; /* what a closed descriptor does to select differs between kernels */
    if (uname(&kernel) == -1)
        die("uname");
    /* On a busy machine many tries may not count; a bound ends them. */
    for (; started - missed < tries && started < 4 * tries; started += LANES) {
        for (int i = 0; i < LANES; i++)
            prepare(&lanes[i], call, scenario);
        for (int i = 0; i < LANES; i++) {
            while (lanes[i].tid == 0)
                sched_yield();
            lanes[i].state = open_state(lanes[i].tid);
        }
        for (int i = 0; i < LANES; i++) {
            lanes[i].missed = !sleeps(lanes[i].state);
            if (!lanes[i].missed)
                change(&lanes[i]);
            lanes[i].missed |= now() - lanes[i].began > TIMEOUT * 1000000LL / 2;
        }
        for (int i = 0; i < LANES; i++) {
            clear(&lanes[i]);
            if (lanes[i].missed)
                missed++;
            else
                counts[lanes[i].outcome]++;
        }
    }
    begin_finding("shared_set");
    add_text("call", call);
    add_text("change", scenario_names[scenario]);
    add_text("kernel", kernel.release);
    add_whole("tries", started - missed);
    add_whole("missed", missed);
    for (int i = 0; i < OUTCOMES; i++)
        add_whole(outcome_names[i], counts[i]);
    end_finding();
}

int main(int argc, char **argv)
{
    static const char *const calls[] = {"select", "select_copy", "poll", "epoll"};
    long tries = read_argument(argc, argv, "tries", 1024);
    raise_nofile();
    for (size_t call = 0; call < sizeof calls / sizeof *calls; call++)
        for (int scenario = 0; scenario < SCENARIOS; scenario++)
            try_often(calls[call], (enum scenario)scenario, tries);
    return 0;
}
