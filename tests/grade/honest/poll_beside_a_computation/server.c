/*
 * poll for the clients, and a second thread that computes all the time.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

enum { MOST = 4096 };
static struct pollfd watched[MOST];
static nfds_t count = 1;
static volatile unsigned long state = 1;

static void *compute(void *unused)
{
    (void)unused;
    for (;;)
        state = state * 6364136223846793005UL + 1442695040888963407UL;
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    if (pthread_create(&thread, NULL, compute, NULL))
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
