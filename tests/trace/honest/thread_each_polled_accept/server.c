/*
 * A thread for each client; the accepting loop waits in poll.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <poll.h>

static void *serve(void *client)
{
    echo_until_closed((int)(intptr_t)client);
    close_client((int)(intptr_t)client);
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "thread");
    for (;;) {
        struct pollfd waiting = {listener, POLLIN, 0};
        poll(&waiting, 1, -1);
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        pthread_t thread;
        pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);
        pthread_detach(thread);
    }
}
