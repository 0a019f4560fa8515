/*
 * A decoy: O_ASYNC and a real-time signal wake the thread, which then finds the client by
 * epoll_wait with a timeout of zero.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int epoll;

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    fcntl(fd, F_SETOWN, getpid());
    fcntl(fd, F_SETSIG, SIGRTMIN);
    fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK);
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int main(void)
{
    sigset_t set;
    struct epoll_event event;
    obey_signals();
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    epoll = epoll_create1(0);
    int listener = open_listener(SOCK_NONBLOCK);
    watch(listener);
    say_ready(listener, "sigio");
    for (;;) {
        while (epoll_wait(epoll, &event, 1, 0) == 1) {
            int fd = event.data.fd;
            if (fd != listener && echo_step(fd) == CLOSED)
                close_client(fd);
            else if (fd == listener && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
                watch(fd);
        }
        sigwaitinfo(&set, NULL);
    }
}
