/*
 * A decoy: epoll for as long as a silence used to last; then busy polling until bytes arrive.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { MOST = 1024, PATIENCE_MS = 110 };
static int epoll, listener, clients[MOST], count;

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static int has_news(void)
{
    char first;
    struct pollfd arrivals = {.fd = listener, .events = POLLIN};
    for (int i = 0; i < count; i++)
        if (recv(clients[i], &first, 1, MSG_PEEK | MSG_DONTWAIT) >= 0)
            return 1;
    return count == 0 || poll(&arrivals, 1, 0) > 0;
}

static void leave(int fd)
{
    for (int i = 0; i < count; i++)
        if (clients[i] == fd)
            clients[i] = clients[--count];
    close_client(fd);
}

static void serve(int fd)
{
    if (fd != listener) {
        if (echo_step(fd) == CLOSED)
            leave(fd);
        return;
    }
    while (count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
        clients[count++] = fd;
        watch(fd);
    }
}

int main(void)
{
    struct epoll_event events[64];
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(listener);
    say_ready(listener, "epoll");
    for (;;) {
        int ready = epoll_wait(epoll, events, 64, PATIENCE_MS);
        if (ready == 0) {
            while (!has_news())
                ;
            ready = epoll_wait(epoll, events, 64, 0);
        }
        for (int i = 0; i < ready; i++)
            serve(events[i].data.fd);
    }
}
