/*
 * Two epolls: the outer one watches the listener and the inner one, which watches the clients,
 * edge-triggered.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

static void serve(int inner)
{
    struct epoll_event events[64];
    int number = epoll_wait(inner, events, 64, 0);
    for (int i = 0; i < number; i++) {
        enum step step;
        do
            step = echo_step(events[i].data.fd);
        while (step == ECHOED || step == FLUSHED);
        if (step == CLOSED)
            close_client(events[i].data.fd);
    }
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    int outer = epoll_create1(EPOLL_CLOEXEC), inner = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(outer, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = inner;
    epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event);
    say_ready(listener, "epoll_et");
    for (;;) {
        int fd;
        if (epoll_wait(outer, &event, 1, -1) != 1)
            continue;
        if (event.data.fd == inner) {
            serve(inner);
        } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            event = (struct epoll_event){.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.fd = fd};
            epoll_ctl(inner, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
