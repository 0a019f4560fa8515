/*
 * poll for the clients; a second thread waits in select for two descriptors of its own, as the
 * resolver of a library does.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;
static int questions[2];

static void *resolve(void *unused)
{
    (void)unused;
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(questions[0], &ready);
        select(questions[0] + 1, &ready, NULL, NULL, NULL);
    }
    return NULL;
}

int main(void)
{
    pthread_t resolver;
    obey_signals();
    if (pipe(questions) || pthread_create(&resolver, NULL, resolve, NULL))
        die("resolver");
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
        if (fd >= 0)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}
