/*
 * A decoy: eight threads are made at the start and sleep in accept on a socket that nobody knows.
 * The first thread serves all clients by poll.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>

enum { MOST = 1024, POOL = 8 };
static struct pollfd watched[MOST];
static nfds_t count = 1;

static void *seem_to_serve(void *unknown)
{
    for (;;)
        accept((int)(intptr_t)unknown, NULL, NULL);
    return NULL;
}

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int unknown = socket(AF_INET, SOCK_STREAM, 0);
    obey_signals();
    if (bind(unknown, (struct sockaddr *)&address, sizeof address) || listen(unknown, 1))
        die("listen");
    for (int i = 0; i < POOL; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, seem_to_serve, (void *)(intptr_t)unknown))
            die("pthread_create");
    }
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "prethread");
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
