/*
 * A decoy: the server says that it uses poll. It waits in epoll_pwait2, which it calls by number.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "poll");
    for (;;) {
        if (syscall(SYS_epoll_pwait2, epoll, &event, 1, NULL, NULL, 8) != 1)
            continue;
        int fd = event.data.fd;
        poll(&(struct pollfd){fd, POLLIN, 0}, 1, 0);
        if (fd != listener) {
            if (echo_step(fd) == CLOSED)
                close_client(fd);
        } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
