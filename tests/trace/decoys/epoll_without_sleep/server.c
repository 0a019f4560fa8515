/*
 * A decoy: a loop calls epoll_wait with a timeout of zero: the server never sleeps.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, 0) != 1)
            continue;
        int fd = event.data.fd;
        if (fd == listener) {
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                continue;
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        } else if (echo_step(fd) == CLOSED) {
            close_client(fd);
        }
    }
}
