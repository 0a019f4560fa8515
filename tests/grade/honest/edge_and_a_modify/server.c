/*
 * Edge-triggered epoll that reads until EAGAIN, and then says anew by EPOLL_CTL_MOD what it wants,
 * whether that has changed or not.
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
        enum step step = ECHOED;
        if (fd == listener) {
            how = EPOLL_CTL_ADD;
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                continue;
        } else {
            while (step == ECHOED || step == FLUSHED)
                step = echo_step(fd);
        }
        if (step == CLOSED) {
            close_client(fd);
            continue;
        }
        event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = fd};
        event.events |= step == STUCK ? EPOLLOUT : 0;
        epoll_ctl(epoll, how, fd, &event);
    }
}
