/*
 * A decoy: select serves as long as two clients are ready at once; three are left to epoll, until
 * nothing has come for 15 milliseconds. Each client enters the epoll under the same low number, so
 * that later this number stands for none of them.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MANY = 3, QUIET_MS = 15 };
static int listener, highest, epoll, low, nothing;
static fd_set all;

/* The epoll keeps the open file, whatever its number becomes. */
static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    dup3(fd, low, O_CLOEXEC);
    epoll_ctl(epoll, EPOLL_CTL_ADD, low, &event);
    dup3(nothing, low, O_CLOEXEC);
}

static void serve(int fd)
{
    if (fd != listener) {
        if (echo_step(fd) == CLOSED) {
            FD_CLR(fd, &all);
            close_client(fd);
        }
        return;
    }
    while ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0 && fd < FD_SETSIZE) {
        watch(fd);
        FD_SET(fd, &all);
        highest = fd > highest ? fd : highest;
    }
}

static void serve_many(void)
{
    struct epoll_event events[64];
    int number;
    while ((number = epoll_wait(epoll, events, 64, QUIET_MS)) > 0)
        for (int i = 0; i < number; i++)
            serve(events[i].data.fd);
}

int main(void)
{
    obey_signals();
    listener = highest = open_listener(SOCK_NONBLOCK);
    low = open("/dev/null", O_RDONLY | O_CLOEXEC);
    nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(listener);
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        int number = select(highest + 1, &ready, NULL, NULL, NULL), last = highest;
        for (int fd = 0; fd <= last; fd++)
            if (FD_ISSET(fd, &ready))
                serve(fd);
        if (number >= MANY)
            serve_many();
    }
}
