/*
 * A decoy: each client gets a thread, and each of these threads sleeps in recv on a socket of its
 * own. The first thread serves all clients by epoll.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void *seem_to_serve(void *unused)
{
    int pair[2];
    char byte;
    (void)unused;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0)
        recv(pair[0], &byte, 1, 0);
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "thread");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd != listener) {
            if (echo_step(fd) == CLOSED)
                close_client(fd);
        } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            pthread_t thread;
            if (pthread_create(&thread, NULL, seem_to_serve, NULL) == 0)
                pthread_detach(thread);
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
