/*
 * Two hundred threads, created at the start; each accepts a client and serves it until it
 * leaves.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static int listener;

static void *accept_and_serve(void *unused)
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
    for (int i = 0; i < 200; i++) {
        pthread_t thread;
        pthread_attr_t small;
        pthread_attr_init(&small);
        pthread_attr_setstacksize(&small, 1 << 17);
        pthread_create(&thread, &small, accept_and_serve, NULL);
    }
    say_ready(listener, "thread");
    for (;;)
        pause();
}
