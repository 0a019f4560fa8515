/*
 * epoll with a timerfd that ticks ten times a second for housekeeping.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int epoll, listener;
static int timer;

static void watch(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void serve(int fd)
{
    if (fd != listener) {
        if (echo_step(fd) == CLOSED)
            close_client(fd);
        return;
    }
    while ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
        watch(fd, EPOLLIN);
}

int main(void)
{
    struct epoll_event events[64];
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(listener, EPOLLIN);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    timerfd_settime(timer, 0, &(struct itimerspec){{0, 100000000}, {0, 100000000}}, NULL);
    watch(timer, EPOLLIN);
    say_ready(listener, "epoll");
    for (;;) {
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < ready; i++)
            if (events[i].data.fd == timer)
                (void)!read(timer, &(uint64_t){0}, sizeof(uint64_t));
            else
                serve(events[i].data.fd);
    }
}
