/*
 * A student's server: a plain epoll loop that sends a message byte by byte.
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static int epoll;

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1)
        die("epoll_ctl");
}

static void serve_client(int fd)
{
    char byte;
    ssize_t received = recv(fd, &byte, 1, 0);
    if (received == -1 && errno == EAGAIN)
        return;
    if (received < 1 || send(fd, &byte, 1, 0) != 1)
        close_client(fd);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll == -1)
        die("epoll_create1");
    watch(listener);
    say_ready(listener, "mine");

    for (;;) {
        struct epoll_event events[64];
        int ready = epoll_wait(epoll, events, 64, -1);
        if (ready == -1 && errno != EINTR)
            die("epoll_wait");
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd != listener)
                serve_client(fd);
            else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
                watch(fd);
        }
    }
}
