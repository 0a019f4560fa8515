/*
 * epoll, with readv and writev.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int epoll, listener;

static enum step echo_by_vectors(int fd)
{
    char head[16], rest[4096];
    struct iovec parts[] = {{head, sizeof head}, {rest, sizeof rest}};
    ssize_t length = readv(fd, parts, 2);
    if (length <= 0)
        return CLOSED;
    parts[0].iov_len = (size_t)length < sizeof head ? (size_t)length : sizeof head;
    parts[1].iov_len = (size_t)length - parts[0].iov_len;
    (void)!writev(fd, parts, 2);
    return ECHOED;
}

static void watch(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void serve(int fd)
{
    if (fd != listener) {
        if (echo_by_vectors(fd) == CLOSED)
            close_client(fd);
        return;
    }
    while ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
        watch(fd, EPOLLIN);
}

int main(void)
{
    struct epoll_event events[64];
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(listener, EPOLLIN);
    say_ready(listener, "epoll");
    for (;;) {
        int ready = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < ready; i++)
            serve(events[i].data.fd);
    }
}
