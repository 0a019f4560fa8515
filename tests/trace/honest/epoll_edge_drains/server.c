/*
 * Edge-triggered epoll that drains until EAGAIN, with EPOLLRDHUP.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

static int epoll, listener;

static enum step drain(int fd)
{
    enum step last;
    do
        last = echo_step(fd);
    while (last == ECHOED || last == FLUSHED);
    return last;
}

static void watch(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void serve(int fd)
{
    if (fd != listener) {
        if (drain(fd) == CLOSED)
            close_client(fd);
        return;
    }
    while ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
        watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

int main(void)
{
    struct epoll_event events[64];
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(listener, EPOLLIN);
    say_ready(listener, "epoll_et");
    for (;;) {
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < ready; i++)
            serve(events[i].data.fd);
    }
}
