/*
 * A decoy: level-triggered epoll with EPOLLONESHOT, which is armed again after each read, so that it
 * reports once, as an edge-triggered one does.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll_et");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd, how = EPOLL_CTL_MOD;
        if (fd == listener) {
            how = EPOLL_CTL_ADD;
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                continue;
        } else if (echo_step(fd) == CLOSED) {
            close_client(fd);
            continue;
        }
        event = (struct epoll_event){.events = EPOLLIN | EPOLLONESHOT, .data.fd = fd};
        epoll_ctl(epoll, how, fd, &event);
    }
}
