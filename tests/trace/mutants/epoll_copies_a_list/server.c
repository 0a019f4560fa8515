/*
 * A mutant: an epoll server that passes the whole list of its clients to poll after each
 * wake-up.
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;
static int epoll;

static void watch(int fd, nfds_t slot)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        die("epoll_ctl");
    watched[slot] = (struct pollfd){fd, POLLIN, 0};
}

static void serve_client(nfds_t slot)
{
    if (echo_step(watched[slot].fd) != CLOSED)
        return;
    close_client(watched[slot].fd);
    watched[slot] = watched[--count];
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1)
        die("epoll_create1");
    watch(listener, 0);
    say_ready(listener, "epoll");

    for (;;) {
        struct epoll_event events[64];
        if (epoll_wait(epoll, events, 64, -1) == -1 && errno != EINTR)
            die("epoll_wait");
        if (poll(watched, count, 0) == -1 && errno != EINTR)
            die("poll");
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents)
                serve_client(slot);
        int fd = watched[0].revents ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && count < MOST)
            watch(fd, count++);
    }
}
