/*
 * epoll that removes a client from the interest list and adds it again before it reads.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

static int epoll, listener;

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void serve(int fd)
{
    if (fd == listener) {
        while ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
            watch(fd);
        return;
    }
    epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
    watch(fd);
    if (echo_step(fd) == CLOSED)
        close_client(fd);
}

int main(void)
{
    struct epoll_event events[64];
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(listener);
    say_ready(listener, "epoll");
    for (;;) {
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < ready; i++)
            serve(events[i].data.fd);
    }
}
