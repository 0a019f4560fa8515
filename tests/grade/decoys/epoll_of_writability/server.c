/*
 * A decoy: epoll reports which clients are writable, which all of them are, once a millisecond
 * (EPOLLONESHOT, armed again by a timer). Then recv asks each client that was reported.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MOST = 4096 };
static int epoll;
static bool known[MOST];

static void watch(int how, int fd, unsigned events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(epoll, how, fd, &event);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec tick = {{0, 1000000}, {0, 1000000}};
    if ((epoll = epoll_create1(0)) == -1 || timerfd_settime(timer, 0, &tick, NULL))
        die("epoll_create1");
    watch(EPOLL_CTL_ADD, listener, EPOLLIN);
    watch(EPOLL_CTL_ADD, timer, EPOLLIN);
    say_ready(listener, "epoll");
    for (;;) {
        struct epoll_event ready[64];
        int number = epoll_wait(epoll, ready, 64, -1);
        for (int i = 0; i < number; i++) {
            int fd = ready[i].data.fd, client;
            unsigned long ticks;
            if (fd == timer) {
                (void)!read(timer, &ticks, sizeof ticks);
                for (int each = 0; each < MOST; each++)
                    if (known[each])
                        watch(EPOLL_CTL_MOD, each, EPOLLOUT | EPOLLONESHOT);
            } else if (fd != listener) {
                if (echo_step(fd) == CLOSED) {
                    known[fd] = false;
                    close_client(fd);
                }
            } else if ((client = accept_client(listener, SOCK_NONBLOCK)) >= 0 && client < MOST) {
                known[client] = true;
                watch(EPOLL_CTL_ADD, client, EPOLLOUT | EPOLLONESHOT);
            }
        }
    }
}
