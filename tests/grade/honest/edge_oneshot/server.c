/*
 * Edge-triggered epoll with EPOLLONESHOT: each client is armed again when it has been read empty.
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
        uint32_t want = EPOLLIN;
        if (fd == listener) {
            how = EPOLL_CTL_ADD;
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                continue;
        } else {
            enum step step;
            do
                step = echo_step(fd);
            while (step == ECHOED || step == FLUSHED);
            want = step == STUCK ? EPOLLOUT : EPOLLIN;
            if (step == CLOSED) {
                close_client(fd);
                continue;
            }
        }
        event = (struct epoll_event){.events = want | EPOLLET | EPOLLONESHOT, .data.fd = fd};
        epoll_ctl(epoll, how, fd, &event);
    }
}
