/*
 * Four threads, each with an epoll of its own; all watch the same listener, of which the kernel wakes one
 * (EPOLLEXCLUSIVE), and each keeps the clients that it accepted.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static int listener;

/* lab.c has one buffer, and these are several threads. A client that does not read is waited for. */
static bool echoed(int fd)
{
    char text[16384];
    ssize_t length = recv(fd, text, sizeof text, 0);
    if (length < 0)
        return errno == EAGAIN;
    for (ssize_t from = 0, sent; from < length; from += sent) {
        struct pollfd writable = {fd, POLLOUT, 0};
        sent = send(fd, text + from, (size_t)(length - from), MSG_NOSIGNAL);
        if (sent < 0 && (errno != EAGAIN || poll(&writable, 1, -1) == -1))
            return false;
        sent = sent < 0 ? 0 : sent;
    }
    return length > 0;
}

static void *loop(void *nothing)
{
    struct epoll_event events[64];
    struct epoll_event want = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.fd = listener};
    int set = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(set, EPOLL_CTL_ADD, listener, &want);
    for (;;) {
        int count = epoll_wait(set, events, 64, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                    continue;
                want = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
                epoll_ctl(set, EPOLL_CTL_ADD, fd, &want);
                continue;
            }
            if (!echoed(fd))
                close_client(fd);
        }
    }
    return nothing;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    for (int i = 1; i < 4; i++)
        if (pthread_create(&thread, NULL, loop, NULL))
            die("pthread_create");
    say_ready(listener, "epoll_threads");
    loop(NULL);
}
