/* overflow.c: what happens when more signals are sent than the queue can hold. */
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

/* Each socket becomes readable once, and the queue has PLACES places for these signals. When
 * the queue is full, the kernel sends a plain SIGIO: notifications were lost, but not which
 * ones. */
void overflow_signals(void)
{
    int ends[SOCKETS][2], notified = 0, plain = 0, polled = 0, served = 0;
    bool seen[SOCKETS] = {false};
    struct pollfd entries[SOCKETS];
    struct rlimit before, few;
    struct f_owner_ex us = {.type = F_OWNER_TID, .pid = gettid()};
    sigset_t signals;
    siginfo_t info;
    struct timespec at_once = {0};

    if (sigemptyset(&signals) == -1 || sigaddset(&signals, SIGRTMIN) == -1 ||
        sigaddset(&signals, SIGIO) == -1)
        die("sigaddset");
    if (getrlimit(RLIMIT_SIGPENDING, &before) == -1)
        die("getrlimit");
    few = (struct rlimit){.rlim_cur = PLACES, .rlim_max = before.rlim_max};
    if (setrlimit(RLIMIT_SIGPENDING, &few) == -1)
        die("setrlimit");
    for (int i = 0; i < SOCKETS; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends[i]) == -1)
            die("socketpair");
        if (fcntl(ends[i][0], F_SETOWN_EX, &us) == -1 ||
            fcntl(ends[i][0], F_SETSIG, SIGRTMIN) == -1 ||
            fcntl(ends[i][0], F_SETFL, O_NONBLOCK | O_ASYNC) == -1)
            die("fcntl");
        entries[i] = (struct pollfd){.fd = ends[i][0], .events = POLLIN};
    }
    for (int i = 0; i < SOCKETS; i++)
        if (send(ends[i][1], "x", 1, 0) != 1)
            die("send");

    for (int number; (number = sigtimedwait(&signals, &info, &at_once)) != -1;) {
        plain += number == SIGIO;
        for (int i = 0; i < SOCKETS && number != SIGIO; i++)
            if (ends[i][0] == info.si_fd && !seen[i])
                notified += seen[i] = true;
    }
    /* What a server does after a loss: check all sockets with one poll. */
    if (poll(entries, SOCKETS, 0) == -1)
        die("poll");
    for (int i = 0; i < SOCKETS; i++) {
        char byte;
        polled += entries[i].revents & POLLIN && !seen[i];
        served += recv(ends[i][0], &byte, 1, 0) == 1;
        if (close(ends[i][0]) == -1 || close(ends[i][1]) == -1)
            die("close");
    }
    if (setrlimit(RLIMIT_SIGPENDING, &before) == -1)
        die("setrlimit");
    begin_finding("arrival");
    add_text("case", "overflow");
    add_text("model", "sigio");
    add_whole("sockets", SOCKETS);
    add_whole("places", PLACES);
    add_whole("told", notified);
    add_whole("plain_sigio", plain);
    add_whole("found_by_poll", polled);
    add_whole("served", served);
    end_finding();
}
