/*
 * poll for the clients, and a second thread that sleeps in select without a descriptor, as programs
 * slept before nanosleep.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>

enum { MOST = 4096 };
static struct pollfd watched[MOST];
static nfds_t count = 1;
static volatile long ticks;

static void *tick(void *unused)
{
    (void)unused;
    for (;;) {
        struct timeval each = {0, 10000};
        select(0, NULL, NULL, NULL, &each);
        ticks++;
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    if (pthread_create(&thread, NULL, tick, NULL))
        die("pthread_create");
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "poll");
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && count < MOST)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}
