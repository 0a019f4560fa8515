/*
 * shared_set: one thread waits, another changes what it waits for. What does the waiter see?
 *
 * add          another descriptor, with a byte to be read, is put into the set
 * close        the watched descriptor is closed, then its peer speaks
 * reuse        its number is given to another file, then the old peer speaks
 * reuse_heard  the same, and then the new peer speaks
 * reuse_held   as reuse, but a copy of the old descriptor is open elsewhere (as after a fork)
 *
 * The change comes when the kernel says that the waiter sleeps. The outcomes, over many tries:
 *
 * woken       told of the right thing while it waited
 * late        told of it only when its time was over
 * next_call   told of it only by the next call
 * never       not told of it, neither now nor by the next call
 * invalid     told that something is wrong with the descriptor: POLLNVAL, EBADF
 * closed      told "readable" of a number that is closed
 * wrong_file  told "readable" of a number that by now is another file, which is not
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
#include <unistd.h>

enum { LANES = 64, TIMEOUT = 40 }; /* waiters at once; milliseconds */
enum outcome { WOKEN, LATE, NEXT_CALL, NEVER, INVALID, TOLD_CLOSED, WRONG_FILE, OUTCOMES };
enum scenario { ADD, CLOSE, REUSE, REUSE_HEARD, REUSE_HELD, SCENARIOS };

static const char *const outcome_names[OUTCOMES] = {"woken",   "late",   "next_call", "never",
                                                    "invalid", "closed", "wrong_file"};
static const char *const scenario_names[SCENARIOS] = {"add", "close", "reuse", "reuse_heard",
                                                      "reuse_held"};

/* watched[0] is waited for; spare[0] is the other file. [1] is the peer of each. */
struct lane {
    struct set *set;
    int watched[2], spare[2], held, state;
    enum scenario scenario;
    pthread_t thread;
    _Atomic int tid;
    _Atomic int64_t began;
    bool missed; /* the change came when its time was nearly over: no try at all */
    enum outcome outcome;
};

/* ---- What the waiter sees ---------------------------------------------------------------- */

/* The byte says which file it was: 'o' came from the old one's peer, 'n' from the new one's. */
static enum outcome understood(const struct lane *lane, const struct told *told, bool in_time)
{
    char byte = '?';
    if (told->invalid)
        return INVALID;
    if (recv(told->fd, &byte, 1, MSG_DONTWAIT) == -1)
        return errno == EBADF ? TOLD_CLOSED : WRONG_FILE;
    bool right = lane->scenario == ADD || lane->scenario == REUSE_HEARD ? byte == 'n' : byte == 'o';
    return !right ? WRONG_FILE : in_time ? WOKEN : LATE;
}

static void *wait_and_see(void *argument)
{
    struct lane *lane = argument;
    struct told told;
    lane->began = now();
    lane->tid = gettid();
    bool heard = wait_for(lane->set, TIMEOUT, &told);
    bool in_time = now() - lane->began < TIMEOUT * 1000000LL;
    if (heard) {
        lane->outcome = understood(lane, &told, in_time);
        return NULL;
    }
    lane->outcome = NEVER;
    if (wait_for(lane->set, 0, &told)) {
        enum outcome then = understood(lane, &told, true);
        lane->outcome = then == WOKEN ? NEXT_CALL : then;
    }
    return NULL;
}

/* ---- What the other thread does ------------------------------------------------------------ */

/* Opened for all lanes before anything is changed: a number that a lane gives up must not be
 * taken by a file of ours. */
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

static void speak(int peer, char byte)
{
    if (send(peer, &byte, 1, MSG_NOSIGNAL) == -1 && errno != EPIPE && errno != ECONNRESET)
        die("send");
}

static void change(struct lane *lane)
{
    switch (lane->scenario) {
    case ADD:
        speak(lane->spare[1], 'n');
        add_to(lane->set, lane->spare[0]);
        return;
    case CLOSE:
        if (close(lane->watched[0]) == -1)
            die("close");
        lane->watched[0] = -1;
        speak(lane->watched[1], 'o');
        return;
    case REUSE_HELD:
        if ((lane->held = dup(lane->watched[0])) == -1)
            die("dup");
        /* fall through */
    default:
        if (dup2(lane->spare[0], lane->watched[0]) == -1)
            die("dup2");
        if (lane->scenario == REUSE_HEARD)
            speak(lane->spare[1], 'n');
        else
            speak(lane->watched[1], 'o');
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
    long counts[OUTCOMES] = {0}, missed = 0, begun = 0;
    /* A machine that is busy may miss many; a bound keeps it from trying for ever. */
    for (; begun - missed < tries && begun < 4 * tries; begun += LANES) {
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
    add_whole("tries", begun - missed);
    add_whole("missed", missed);
    for (int i = 0; i < OUTCOMES; i++)
        add_whole(outcome_names[i], counts[i]);
    end_finding();
}

int main(int argc, char **argv)
{
    static const char *const calls[] = {"select", "poll", "epoll"};
    long tries = read_argument(argc, argv, "tries", 1024);
    raise_nofile();
    for (size_t call = 0; call < sizeof calls / sizeof *calls; call++)
        for (int scenario = 0; scenario < SCENARIOS; scenario++)
            try_often(calls[call], (enum scenario)scenario, tries);
    return 0;
}
