/*
 * A thread for each client, which first looks at the next byte by MSG_PEEK, as a server does that
 * tells one protocol from another, and then takes what is there.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>

static void *serve(void *client)
{
    int fd = (int)(intptr_t)client;
    char text[16384];
    while (recv(fd, text, 1, MSG_PEEK) == 1) {
        ssize_t length = recv(fd, text, sizeof text, 0);
        if (length <= 0 || send(fd, text, (size_t)length, MSG_NOSIGNAL) != length)
            break;
    }
    close_client(fd);
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "thread");
    for (;;) {
        pthread_t thread;
        int fd = accept_client(listener, 0);
        if (fd >= 0 && pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
}
