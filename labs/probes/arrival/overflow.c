/* overflow.c: signals for many sockets: more than the queue can hold, and without F_SETSIG. */
#define _GNU_SOURCE
#include "finding.h"
#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SOCKETS = 64, PLACES = 8 };

static int ends[SOCKETS][2];
static sigset_t signals;

/* Each socket becomes readable once. `number` is the signal for F_SETSIG; 0 means plain SIGIO. */
static void make_readable(int number)
{
    struct f_owner_ex us = {.type = F_OWNER_TID, .pid = gettid()};
    if (sigemptyset(&signals) == -1 || sigaddset(&signals, SIGRTMIN) == -1 ||
        sigaddset(&signals, SIGIO) == -1)
        die("sigaddset");
    for (int i = 0; i < SOCKETS; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends[i]) == -1)
            die("socketpair");
        if (fcntl(ends[i][0], F_SETOWN_EX, &us) == -1 ||
            fcntl(ends[i][0], F_SETSIG, number) == -1 ||
            fcntl(ends[i][0], F_SETFL, O_NONBLOCK | O_ASYNC) == -1)
            die("fcntl");
    }
    for (int i = 0; i < SOCKETS; i++)
        if (send(ends[i][1], "x", 1, 0) != 1)
            die("send");
}

static int close_all(void)
{
    int served = 0;
    for (int i = 0; i < SOCKETS; i++) {
        char byte;
        served += recv(ends[i][0], &byte, 1, 0) == 1;
        if (close(ends[i][0]) == -1 || close(ends[i][1]) == -1)
            die("close");
    }
    return served;
}

/* Signals that were queued; `named` counts the sockets that one of them named in si_fd. SI_KERNEL:
 * the kernel filled in no descriptor. */
static int count_signals(int *plain, bool *named)
{
    int count = 0;
    siginfo_t info;
    struct timespec at_once = {0};
    for (int number; (number = sigtimedwait(&signals, &info, &at_once)) != -1; count++) {
        *plain += number == SIGIO;
        for (int i = 0; i < SOCKETS && info.si_code != SI_KERNEL; i++)
            named[i] |= ends[i][0] == info.si_fd;
    }
    return count;
}

static int count_named(const bool *named)
{
    int count = 0;
    for (int i = 0; i < SOCKETS; i++)
        count += named[i];
    return count;
}

static void begin_signals(const char *name)
{
    begin_finding("arrival");
    add_text("case", name);
    add_text("model", "sigio");
    add_whole("sockets", SOCKETS);
}

/* The queue has PLACES places. When it is full, the kernel sends a plain SIGIO: notifications
 * were lost, but not which ones. */
void overflow_signals(void)
{
    int plain = 0, polled = 0;
    bool named[SOCKETS] = {false};
    struct pollfd entries[SOCKETS];
    struct rlimit before, few;

    if (getrlimit(RLIMIT_SIGPENDING, &before) == -1)
        die("getrlimit");
    few = (struct rlimit){.rlim_cur = PLACES, .rlim_max = before.rlim_max};
    if (setrlimit(RLIMIT_SIGPENDING, &few) == -1)
        die("setrlimit");
    make_readable(SIGRTMIN);
    count_signals(&plain, named);
    /* What a server does after a loss: check all sockets with one poll. */
    for (int i = 0; i < SOCKETS; i++)
        entries[i] = (struct pollfd){.fd = ends[i][0], .events = POLLIN};
    if (poll(entries, SOCKETS, 0) == -1)
        die("poll");
    for (int i = 0; i < SOCKETS; i++)
        polled += entries[i].revents & POLLIN && !named[i];
    if (setrlimit(RLIMIT_SIGPENDING, &before) == -1)
        die("setrlimit");
    begin_signals("overflow");
    add_whole("places", PLACES);
    add_whole("told", count_named(named));
    add_whole("plain_sigio", plain);
    add_whole("found_by_poll", polled);
    add_whole("served", close_all());
    end_finding();
}

/* Without F_SETSIG the signal is SIGIO, which is neither queued nor names a descriptor. */
void plain_signals(void)
{
    int plain = 0;
    bool named[SOCKETS] = {false};
    make_readable(0);
    begin_signals("plain");
    add_whole("signals", count_signals(&plain, named));
    add_whole("told", count_named(named));
    add_whole("served", close_all());
    end_finding();
}
