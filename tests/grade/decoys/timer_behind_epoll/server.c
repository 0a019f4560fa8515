/*
 * A decoy: epoll watches a timer alone; the threads of a pool that was made before the first client
 * accept and block in recv.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { POOL = 64 };
static int listener;

static void *serve(void *unused)
{
    (void)unused;
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        echo_until_closed(fd);
        close_client(fd);
    }
    return NULL;
}

int main(void)
{
    obey_signals();
    listener = open_listener(0);
    int epoll = epoll_create1(0), timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = timer};
    struct itimerspec each = {{0, 50000000}, {0, 50000000}};
    timerfd_settime(timer, 0, &each, NULL);
    epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
    for (int i = 0; i < POOL; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, NULL))
            die("pthread_create");
    }
    say_ready(listener, "epoll");
    for (;;) {
        uint64_t number;
        if (epoll_wait(epoll, &event, 1, -1) == 1)
            (void)!read(timer, &number, sizeof number);
    }
}
