/*
 * A decoy: every client is in two epoll sets. The one with EPOLLET is never waited for, and the
 * server waits for the other, level-triggered.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    int shown = epoll_create1(EPOLL_CLOEXEC), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll_et");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd != listener) {
            if (echo_step(fd) == CLOSED)
                close_client(fd);
        } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = fd};
            epoll_ctl(shown, EPOLL_CTL_ADD, fd, &event);
            event.events = EPOLLIN;
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
