/*
 * A decoy: each client is added edge-triggered, removed and added again level-triggered.
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
    say_ready(listener, "epoll_et");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd == listener) {
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                continue;
            event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
            event.events = EPOLLIN;
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        } else if (echo_step(fd) == CLOSED) {
            close_client(fd);
        }
    }
}
