/*
 * One epoll descriptor watches the clients; another watches the first and the listening socket.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

enum { AT_ONCE = 64 };
static int outer, inner, listener;

static void watch(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void serve(void)
{
    struct epoll_event ready[AT_ONCE];
    int number = epoll_wait(inner, ready, AT_ONCE, 0);
    for (int i = 0; i < number; i++)
        if (echo_step(ready[i].data.fd) == CLOSED)
            close_client(ready[i].data.fd);
}

int main(void)
{
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    outer = epoll_create1(EPOLL_CLOEXEC);
    inner = epoll_create1(EPOLL_CLOEXEC);
    watch(outer, listener);
    watch(outer, inner);
    say_ready(listener, "epoll");
    for (;;) {
        struct epoll_event ready[2];
        int number = epoll_wait(outer, ready, 2, -1);
        for (int i = 0; i < number; i++)
            if (ready[i].data.fd == inner)
                serve();
            else
                for (int fd; (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;)
                    watch(inner, fd);
    }
}
