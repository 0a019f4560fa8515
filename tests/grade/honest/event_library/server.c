/*
 * epoll inside a small event library: callbacks for descriptors, a timer, and a choice between
 * epoll_pwait2, called by number, and epoll_wait on a kernel without it.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2 441
#endif

struct source {
    int fd;
    void (*ready)(struct source *);
};

static int epoll, lacks_pwait2;
static unsigned long ticks;

static int await(struct epoll_event *events, int most)
{
    struct timespec timeout = {0, 50000000};
    if (!lacks_pwait2) {
        long number = syscall(SYS_epoll_pwait2, epoll, events, most, &timeout, NULL, 8);
        if (number >= 0 || errno != ENOSYS)
            return (int)number;
        lacks_pwait2 = 1;
    }
    return epoll_wait(epoll, events, most, 50);
}

static void add(int fd, void (*ready)(struct source *))
{
    struct source *source = malloc(sizeof *source);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
    if (source == NULL)
        die("malloc");
    *source = (struct source){fd, ready};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void echo(struct source *source)
{
    if (echo_step(source->fd) != CLOSED)
        return;
    close_client(source->fd);
    free(source);
}

static void accept_one(struct source *source)
{
    int fd = accept_client(source->fd, SOCK_NONBLOCK);
    if (fd >= 0)
        add(fd, echo);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    add(listener, accept_one);
    say_ready(listener, "epoll");
    for (;;) {
        struct epoll_event events[16];
        int number = await(events, 16);
        ticks += number == 0;
        for (int i = 0; i < number; i++) {
            struct source *source = events[i].data.ptr;
            source->ready(source);
        }
    }
}
