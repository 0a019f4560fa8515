/*
 * A decoy: the thread sleeps in poll, on the descriptor of an epoll, and asks epoll without waiting.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        struct pollfd only = {epoll, POLLIN, 0};
        poll(&only, 1, -1);
        while (epoll_wait(epoll, &event, 1, 0) == 1) {
            int fd = event.data.fd;
            if (fd != listener) {
                if (echo_step(fd) == CLOSED)
                    close_client(fd);
            } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
                event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
                epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}
