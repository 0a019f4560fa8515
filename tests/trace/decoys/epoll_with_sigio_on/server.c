/*
 * A decoy: each client has O_ASYNC and an ignored signal; the server waits in epoll_wait.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

int main(void)
{
    obey_signals();
    signal(SIGIO, SIG_IGN);
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "sigio");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd == listener) {
            if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                continue;
            fcntl(fd, F_SETOWN, getpid());
            fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK);
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        } else if (echo_step(fd) == CLOSED) {
            close_client(fd);
        }
    }
}
