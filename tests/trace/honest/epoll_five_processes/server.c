/*
 * Five processes share a listening socket, each with its own epoll descriptor, as in nginx.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

static void serve(int listener)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = listener};
    int epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
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

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    for (int i = 0; i < 4; i++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve(listener);
        }
    say_ready(listener, "epoll");
    serve(listener);
}
