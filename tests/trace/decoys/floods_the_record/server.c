/*
 * A decoy: a second thread makes hundreds of thousands of meaningless calls, so that the record
 * of the tracer is full before the server serves a client.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;

static void *flood(void *unused)
{
    (void)unused;
    for (;;)
        recv(-1, NULL, 0, 0);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    pthread_create(&thread, NULL, flood, NULL);
    say_ready(watched[0].fd, "epoll");
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}
