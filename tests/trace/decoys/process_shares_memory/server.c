/*
 * A decoy: a process with shared memory and descriptors (CLONE_VM, CLONE_FILES) polls, reads
 * and replies; the first process sleeps in epoll_wait on the same clients.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;
static int epoll;

static int serve(void *unused)
{
    (void)unused;
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0) {
            struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
        }
    }
    return 0;
}

int main(void)
{
    enum { STACK = 1 << 18 };
    obey_signals();
    epoll = epoll_create1(0);
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    char *stack = malloc(STACK);
    if (clone(serve, stack + STACK, CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD, NULL) == -1)
        die("clone");
    say_ready(watched[0].fd, "epoll");
    for (;;) {
        struct epoll_event event;
        epoll_wait(epoll, &event, 1, -1);
    }
}
