/* race.c: four ways to wait for a descriptor and a signal at the same time. See race.h. */
#define _GNU_SOURCE
#include "race.h"
#include "finding.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum { WORST = 20, PATIENCE = 10, LATEST = 80000, WATCHED = 1000 }; /* tries; ms; ns; set */

static volatile sig_atomic_t arrived;
static int quiet[2], self[2], signals; /* a pipe that stays empty; the self-pipe; the signalfd */
static timer_t timer;

static void note(int number)
{
    (void)number;
    arrived = 1;
}

/* write is async-signal-safe. A full pipe is no error: it is readable. */
static void note_in_pipe(int number)
{
    int saved = errno;
    (void)number;
    (void)!write(self[1], "", 1);
    errno = saved;
}

static void block(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (sigprocmask(how, &set, NULL) == -1)
        die("sigprocmask");
}

/* ---- The four ways: true where the signal ended the wait ------------------------------------- */

/* Called after the program has read the flag, and before it sleeps. */
static void (*before_the_call)(void);

static bool flag_and_poll(void)
{
    struct pollfd entry = {.fd = quiet[0], .events = POLLIN};
    if (arrived)
        return true;
    before_the_call();
    int ready = poll(&entry, 1, PATIENCE);
    if (ready == -1 && errno != EINTR)
        die("poll");
    return ready == -1;
}

/* The signal is blocked except during the call: the kernel unblocks it and sleeps in one step. */
static bool flag_and_ppoll(void)
{
    struct pollfd entry = {.fd = quiet[0], .events = POLLIN};
    struct timespec patience = {0, PATIENCE * 1000000L};
    sigset_t none;
    sigemptyset(&none);
    if (arrived)
        return true;
    before_the_call();
    int ready = ppoll(&entry, 1, &patience, &none);
    if (ready == -1 && errno != EINTR)
        die("ppoll");
    return ready == -1;
}

/* The handler makes a descriptor readable, and it stays so until the program reads. */
static bool readable(int fd)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    int ready;
    before_the_call();
    while ((ready = poll(&entry, 1, PATIENCE)) == -1)
        if (errno != EINTR)
            die("poll");
    return ready == 1;
}

static bool self_pipe(void)
{
    char bytes[16];
    bool ready = readable(self[0]);
    while (read(self[0], bytes, sizeof bytes) > 0)
        continue;
    return ready;
}

static bool signal_descriptor(void)
{
    struct signalfd_siginfo about;
    bool ready = readable(signals);
    while (read(signals, &about, sizeof about) > 0)
        continue;
    return ready;
}

static const struct {
    const char *name;
    bool (*wait)(void);
    void (*handler)(int number);
    bool blocked; /* outside of the wait */
} ways[] = {{"flag, then poll", flag_and_poll, note, false},
            {"flag, then ppoll", flag_and_ppoll, note, true},
            {"self-pipe", self_pipe, note_in_pipe, false},
            {"signalfd", signal_descriptor, note, true}};

/* ---- The signals ------------------------------------------------------------------------------ */

static void send_now(void)
{
    if (raise(SIGUSR1) != 0)
        die("raise");
}

/* What programs do there: many write the set anew for each call. It takes about a microsecond. */
static void fill_set(void)
{
    static struct pollfd set[WATCHED];
    volatile struct pollfd *entry = set; /* volatile: no call reads the set */
    for (int i = 0; i < WATCHED; i++) {
        entry[i].fd = i;
        entry[i].events = POLLIN;
        entry[i].revents = 0;
    }
}

/* A timer sends the signal. Meanwhile the program works, for a random time, and then waits. */
static void send_soon(void)
{
    static const struct itimerspec soon = {.it_value.tv_nsec = LATEST / 4};
    int64_t until = now() + rand() % LATEST;
    if (timer_settime(timer, 0, &soon, NULL) == -1)
        die("timer_settime");
    while (now() < until)
        continue;
}

static bool attempt(size_t way, bool at_the_worst_moment)
{
    arrived = 0;
    before_the_call = at_the_worst_moment ? send_now : fill_set;
    if (!at_the_worst_moment)
        send_soon();
    return ways[way].wait();
}

static void prepare(size_t way)
{
    struct sigaction action = {.sa_handler = ways[way].handler};
    block(ways[way].blocked ? SIG_BLOCK : SIG_UNBLOCK);
    if (sigaction(SIGUSR1, &action, NULL) == -1)
        die("sigaction");
}

static void open_all(void)
{
    sigset_t set;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    if (pipe2(quiet, O_CLOEXEC) == -1 || pipe2(self, O_CLOEXEC | O_NONBLOCK) == -1)
        die("pipe2");
    if ((signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)) == -1)
        die("signalfd");
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) == -1)
        die("timer_create");
}

void count_lost_signals(long tries)
{
    open_all();
    for (size_t way = 0; way < sizeof ways / sizeof *ways; way++) {
        long worst = 0, random = 0;
        prepare(way);
        for (int i = 0; i < WORST; i++)
            worst += !attempt(way, true);
        for (long i = 0; i < tries; i++)
            random += !attempt(way, false);
        begin_finding("one_loop");
        add_text("case", "race");
        add_text("way", ways[way].name);
        add_whole("worst_tries", WORST);
        add_whole("worst_lost", worst);
        add_whole("random_tries", tries);
        add_whole("random_lost", random);
        end_finding();
    }
}
