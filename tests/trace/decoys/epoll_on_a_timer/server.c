/*
 * A decoy: epoll_wait sleeps on a timer of 1 ms, and the server tries every client at each
 * tick.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { MOST = 1024 };
static int clients[MOST], count, listener;

static void ask_all(void)
{
    for (int i = count - 1; i >= 0; i--)
        if (echo_step(clients[i]) == CLOSED) {
            close_client(clients[i]);
            clients[i] = clients[--count];
        }
    for (int fd; (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;)
        clients[count++] = fd;
}

int main(void)
{
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    int epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec tick = {{0, 1000000}, {0, 1000000}};
    struct epoll_event event = {.events = EPOLLIN, .data.fd = timer};
    timerfd_settime(timer, 0, &tick, NULL);
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
    say_ready(listener, "epoll");
    for (;;) {
        uint64_t ticks;
        if (epoll_wait(epoll, &event, 1, -1) == 1 && read(timer, &ticks, sizeof ticks) > 0)
            ask_all();
    }
}
