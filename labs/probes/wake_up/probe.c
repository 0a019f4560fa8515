/*
 * wake_up: for what does a call wake that waits for many?
 *
 * One TCP connection, and one reason at a time: a byte has come, there is room to send, a byte
 * out of band has come, or the time is over. Before each, the same call with nothing to wake for
 * shows that it would have slept. What the call says is told, for select, poll and epoll.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "finding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READABLE = 1, WRITABLE = 2, EXCEPTIONAL = 4 };
enum { SHORT = 30, LONG = 10000, LATER = 3 }; /* milliseconds */

/* ---- The three calls: wait until fd is one of `wanted`, and say which it is ------------ */

static int wait_select(int fd, int wanted, int milliseconds)
{
    fd_set sets[3];
    for (int i = 0; i < 3; i++) {
        FD_ZERO(&sets[i]);
        if (wanted & 1 << i)
            FD_SET(fd, &sets[i]);
    }
    struct timeval time = {milliseconds / 1000, milliseconds % 1000 * 1000};
    if (select(fd + 1, &sets[0], &sets[1], &sets[2], &time) == -1)
        die("select");
    int told = 0;
    for (int i = 0; i < 3; i++)
        told |= FD_ISSET(fd, &sets[i]) ? 1 << i : 0;
    return told;
}

static int wait_poll(int fd, int wanted, int milliseconds)
{
    struct pollfd entry = {.fd = fd};
    entry.events = (short)((wanted & READABLE ? POLLIN : 0) | (wanted & WRITABLE ? POLLOUT : 0) |
                           (wanted & EXCEPTIONAL ? POLLPRI : 0));
    if (poll(&entry, 1, milliseconds) == -1)
        die("poll");
    return (entry.revents & POLLIN ? READABLE : 0) | (entry.revents & POLLOUT ? WRITABLE : 0) |
           (entry.revents & POLLPRI ? EXCEPTIONAL : 0);
}

static int wait_epoll(int fd, int wanted, int milliseconds)
{
    struct epoll_event event = {0}, told = {0};
    event.events = (wanted & READABLE ? (uint32_t)EPOLLIN : 0) |
                   (wanted & WRITABLE ? (uint32_t)EPOLLOUT : 0) |
                   (wanted & EXCEPTIONAL ? (uint32_t)EPOLLPRI : 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1)
        die("epoll_create1");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        die("epoll_ctl");
    if (epoll_wait(epoll, &told, 1, milliseconds) == -1)
        die("epoll_wait");
    if (close(epoll) == -1)
        die("close");
    return (told.events & EPOLLIN ? READABLE : 0) | (told.events & EPOLLOUT ? WRITABLE : 0) |
           (told.events & EPOLLPRI ? EXCEPTIONAL : 0);
}

static const struct {
    const char *name;
    int (*wait)(int fd, int wanted, int milliseconds);
} calls[] = {{"select", wait_select}, {"poll", wait_poll}, {"epoll", wait_epoll}};

/* ---- A connection, and what the other end does ------------------------------------------ */

static void connect_pair(int pair[2])
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int small = 4096, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener == -1)
        die("socket");
    if (setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == -1)
        die("setsockopt");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1 ||
        listen(listener, 1) == -1 ||
        getsockname(listener, (struct sockaddr *)&address, &length) == -1)
        die("listen");
    if ((pair[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
        die("socket");
    if (setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small) == -1)
        die("setsockopt");
    if (connect(pair[0], (struct sockaddr *)&address, sizeof address) == -1)
        die("connect");
    if ((pair[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) == -1)
        die("accept4");
    if (close(listener) == -1)
        die("close");
}

/* Send until there is no room: only then does `writable` say something new. */
static void fill(int fd)
{
    static const char bytes[4096];
    while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        continue;
    if (errno != EAGAIN)
        die("send");
}

static int peer, reason;

static void *act(void *nothing)
{
    char bytes[4096];
    usleep(LATER * 1000); /* the call sleeps by now; were it not so, it would return as well */
    if (reason == READABLE && send(peer, "x", 1, 0) != 1)
        die("send");
    if (reason == EXCEPTIONAL && send(peer, "!", 1, MSG_OOB) != 1)
        die("send");
    while (reason == WRITABLE && recv(peer, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        usleep(100); /* what is on its way may come */
    return nothing;
}

static const char *names(int told)
{
    static char text[64];
    snprintf(text, sizeof text, "%s%s%s", told & READABLE ? "+readable" : "",
             told & WRITABLE ? "+writable" : "", told & EXCEPTIONAL ? "+exceptional" : "");
    return told == 0 ? "timeout" : text + 1;
}

static void try_reason(size_t call, int wanted)
{
    int pair[2];
    pthread_t other;
    connect_pair(pair);
    peer = pair[1];
    reason = wanted;
    if (wanted == WRITABLE)
        fill(pair[0]);
    int64_t began = now();
    int before = calls[call].wait(pair[0], wanted ? wanted : READABLE, SHORT);
    int64_t slept = now() - began;
    int told = before;
    if (wanted != 0) {
        if ((errno = pthread_create(&other, NULL, act, NULL)) != 0)
            die("pthread_create");
        /* All three are asked for, but of these two the others would be true as well. */
        told = calls[call].wait(pair[0], wanted == WRITABLE ? WRITABLE : READABLE | EXCEPTIONAL,
                                LONG);
        if ((errno = pthread_join(other, NULL)) != 0)
            die("pthread_join");
    }
    begin_finding("wake_up");
    add_text("call", calls[call].name);
    add_text("reason", wanted ? names(wanted) : "timeout");
    add_text("told", names(told));
    add_text("before", names(before));
    add_whole("slept_ns", slept);
    add_whole("timeout_ns", SHORT * 1000000LL);
    end_finding();
    if (close(pair[0]) == -1 || close(pair[1]) == -1)
        die("close");
}

int main(void)
{
    static const int reasons[] = {READABLE, WRITABLE, EXCEPTIONAL, 0};
    for (size_t call = 0; call < sizeof calls / sizeof *calls; call++)
        for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
            try_reason(call, reasons[i]);
    return 0;
}
