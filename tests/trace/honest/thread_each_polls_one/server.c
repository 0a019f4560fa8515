/*
 * A thread for each client, which waits in poll for its client and then reads.
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
    struct pollfd one = {(int)(intptr_t)client, POLLIN, 0};
    char text[4096];
    for (;;) {
        poll(&one, 1, -1);
        ssize_t length = recv(one.fd, text, sizeof text, 0);
        if (length <= 0)
            break;
        send(one.fd, text, (size_t)length, 0);
    }
    close_client(one.fd);
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "thread");
    for (;;) {
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd < 0)
            continue;
        pthread_t thread;
        pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);
        pthread_detach(thread);
    }
}
