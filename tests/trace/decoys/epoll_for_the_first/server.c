/*
 * A decoy: one thread serves the first four clients by epoll; each later client gets a thread
 * of its own that blocks.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <fcntl.h>

static void *serve(void *client)
{
    echo_until_closed((int)(intptr_t)client);
    close_client((int)(intptr_t)client);
    return NULL;
}

static int seen;

static void add(int epoll, int fd)
{
    pthread_t thread;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (seen++ < 4) {
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        return;
    }
    fcntl(fd, F_SETFL, 0);
    pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);
    pthread_detach(thread);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd != listener) {
            if (echo_step(fd) == CLOSED)
                close_client(fd);
        } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            add(epoll, fd);
        }
    }
}
