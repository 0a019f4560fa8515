/*
 * A thread for each client. recv times out after 20 ms; the thread checks whether to end and
 * waits again.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>

static void *serve(void *client)
{
    for (;;) {
        char text[4096];
        ssize_t length = recv((int)(intptr_t)client, text, sizeof text, 0);
        if (length > 0)
            send((int)(intptr_t)client, text, (size_t)length, 0);
        else if (length == 0)
            break;
    }
    close_client((int)(intptr_t)client);
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "thread");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){0, 20000}, sizeof(struct timeval));
        pthread_t thread;
        pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);
        pthread_detach(thread);
    }
}
