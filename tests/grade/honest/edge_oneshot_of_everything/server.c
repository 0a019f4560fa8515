/*
 * Edge-triggered and one-shot for all that the epoll watches: listener, clients, a timer and a counter.
 * Each is read until it is empty and then armed again.
 *
 * Build: -O2
 */
#include "lab.h"

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int set;

static void arm(int operation, int fd, unsigned events)
{
    struct epoll_event want = {.events = events | EPOLLET | EPOLLONESHOT, .data.fd = fd};
    epoll_ctl(set, operation, fd, &want);
}

static void serve(int fd)
{
    for (;;) {
        switch (echo_step(fd)) {
        case ECHOED:
        case FLUSHED:
            break;
        case WOULD_BLOCK:
            arm(EPOLL_CTL_MOD, fd, EPOLLIN);
            return;
        case STUCK:
            arm(EPOLL_CTL_MOD, fd, EPOLLOUT);
            return;
        case CLOSED:
            close_client(fd);
            return;
        }
    }
}

int main(void)
{
    struct epoll_event events[32];
    uint64_t number;
    int fd;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), counter = eventfd(0, EFD_NONBLOCK);
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct itimerspec often = {{0, 90000000}, {0, 90000000}};
    timerfd_settime(timer, 0, &often, NULL);
    set = epoll_create1(EPOLL_CLOEXEC);
    int three[] = {listener, counter, timer};
    for (int i = 0; i < 3; i++)
        arm(EPOLL_CTL_ADD, three[i], EPOLLIN);
    say_ready(listener, "epoll_et");
    for (;;) {
        int count = epoll_wait(set, events, 32, -1);
        for (int i = 0; i < count; i++) {
            fd = events[i].data.fd;
            if (fd == listener) {
                while ((fd = accept_client(listener, SOCK_NONBLOCK)) != NO_CLIENT)
                    if (fd >= 0)
                        arm(EPOLL_CTL_ADD, fd, EPOLLIN);
                arm(EPOLL_CTL_MOD, listener, EPOLLIN);
            } else if (fd == timer || fd == counter) {
                while (read(fd, &number, sizeof number) > 0)
                    continue;
                if (fd == timer && write(counter, &(uint64_t){1}, 8) != 8)
                    die("write");
                arm(EPOLL_CTL_MOD, fd, EPOLLIN);
            } else {
                serve(fd);
            }
        }
    }
}
