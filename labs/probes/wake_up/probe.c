/*
 * wake_up: which events wake a call that waits for many descriptors?
 *
 * One TCP connection, and one event at a time: a byte arrives, there is room to send, an
 * out-of-band byte arrives, or the timeout ends. Before each, the same call without any event
 * shows that it would sleep. The result of the call is reported for select, poll and epoll.
 *
 * reset  the peer resets the connection: an error. All three sets are watched, and no byte could be
 *        sent before. Which sets is the descriptor in?
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

enum { READABLE = 1, WRITABLE = 2, EXCEPTIONAL = 4, ERROR = 8, HANGUP = 16, RESET = 32 };
enum { ALL = READABLE | WRITABLE | EXCEPTIONAL };
enum { SHORT = 30, LONG = 10000, LATER = 3 }; /* milliseconds */

/* ---- The three calls: wait until fd is in one of `states`; return the states it is in --- */

static int wait_select(int fd, int states, int milliseconds)
{
    fd_set sets[3];
    for (int i = 0; i < 3; i++) {
        FD_ZERO(&sets[i]);
        if (states & 1 << i)
            FD_SET(fd, &sets[i]);
    }
    struct timeval time = {milliseconds / 1000, milliseconds % 1000 * 1000};
    if (select(fd + 1, &sets[0], &sets[1], &sets[2], &time) == -1)
        die("select");
    int result = 0;
    for (int i = 0; i < 3; i++)
        result |= FD_ISSET(fd, &sets[i]) ? 1 << i : 0;
    return result;
}

static int wait_poll(int fd, int states, int milliseconds)
{
    struct pollfd entry = {.fd = fd};
    entry.events = (short)((states & READABLE ? POLLIN : 0) | (states & WRITABLE ? POLLOUT : 0) |
                           (states & EXCEPTIONAL ? POLLPRI : 0));
    if (poll(&entry, 1, milliseconds) == -1)
        die("poll");
    return (entry.revents & POLLIN ? READABLE : 0) | (entry.revents & POLLOUT ? WRITABLE : 0) |
           (entry.revents & POLLPRI ? EXCEPTIONAL : 0) | (entry.revents & POLLERR ? ERROR : 0) |
           (entry.revents & POLLHUP ? HANGUP : 0);
}

static int wait_epoll(int fd, int states, int milliseconds)
{
    struct epoll_event event = {0}, result = {0};
    event.events = (states & READABLE ? (uint32_t)EPOLLIN : 0) |
                   (states & WRITABLE ? (uint32_t)EPOLLOUT : 0) |
                   (states & EXCEPTIONAL ? (uint32_t)EPOLLPRI : 0);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1)
        die("epoll_create1");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        die("epoll_ctl");
    if (epoll_wait(epoll, &result, 1, milliseconds) == -1)
        die("epoll_wait");
    if (close(epoll) == -1)
        die("close");
    return (result.events & EPOLLIN ? READABLE : 0) | (result.events & EPOLLOUT ? WRITABLE : 0) |
           (result.events & EPOLLPRI ? EXCEPTIONAL : 0) | (result.events & EPOLLERR ? ERROR : 0) |
           (result.events & EPOLLHUP ? HANGUP : 0);
}

static const struct {
    const char *name;
    int (*wait)(int fd, int states, int milliseconds);
} calls[] = {{"select", wait_select}, {"poll", wait_poll}, {"epoll", wait_epoll}};

/* ---- A connection, and the action of its other end -------------------------------------- */

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

/* Send until there is no room: otherwise `writable` would be true from the start. */
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
    struct linger by_reset = {.l_onoff = 1};
    usleep(LATER * 1000); /* by now the call sleeps; it would also return if it did not */
    if (reason == READABLE && send(peer, "x", 1, 0) != 1)
        die("send");
    if (reason == EXCEPTIONAL && send(peer, "!", 1, MSG_OOB) != 1)
        die("send");
    while (reason == WRITABLE && recv(peer, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        usleep(100); /* let further bytes arrive */
    if (reason == RESET) {
        if (setsockopt(peer, SOL_SOCKET, SO_LINGER, &by_reset, sizeof by_reset) == -1)
            die("setsockopt");
        if (close(peer) == -1)
            die("close");
        peer = -1;
    }
    return nothing;
}

static const char *names(int states)
{
    static char text[64];
    snprintf(text, sizeof text, "%s%s%s%s%s", states & READABLE ? "+readable" : "",
             states & WRITABLE ? "+writable" : "", states & EXCEPTIONAL ? "+exceptional" : "",
             states & ERROR ? "+error" : "", states & HANGUP ? "+hangup" : "");
    return states == 0 ? "timeout" : text + 1;
}

static void try_reason(size_t call, int state)
{
    int pair[2];
    pthread_t other;
    connect_pair(pair);
    peer = pair[1];
    reason = state;
    if (state == WRITABLE || state == RESET)
        fill(pair[0]);
    int64_t began = now();
    int before = calls[call].wait(pair[0], state == RESET ? ALL : state ? state : READABLE, SHORT);
    int64_t slept = now() - began;
    int result = before;
    if (state != 0) {
        if ((errno = pthread_create(&other, NULL, act, NULL)) != 0)
            die("pthread_create");
        /* Not all three, where it could be writable before the event. */
        int wanted = state == RESET      ? ALL
                     : state == WRITABLE ? WRITABLE
                                         : READABLE | EXCEPTIONAL;
        result = calls[call].wait(pair[0], wanted, LONG);
        if ((errno = pthread_join(other, NULL)) != 0)
            die("pthread_join");
    }
    begin_finding("wake_up");
    add_text("call", calls[call].name);
    add_text("reason", state == RESET ? "reset" : names(state));
    add_text("told", names(result));
    add_text("before", names(before));
    add_whole("slept_ns", slept);
    add_whole("timeout_ns", SHORT * 1000000LL);
    end_finding();
    if (close(pair[0]) == -1 || (peer != -1 && close(peer) == -1))
        die("close");
}

int main(void)
{
    static const int reasons[] = {READABLE, WRITABLE, EXCEPTIONAL, RESET, 0};
    for (size_t call = 0; call < sizeof calls / sizeof *calls; call++)
        for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
            try_reason(call, reasons[i]);
    return 0;
}
