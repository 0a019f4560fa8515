/*
 * A decoy: select waits, and for each client that is ready a new thread receives, replies and ends.
 * While all clients are silent there is one thread.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/socket.h>

/* Whether the client is still there. lab.c has one buffer for all: it is for one thread. */
static bool echoed(int fd)
{
    char text[16384];
    ssize_t length = recv(fd, text, sizeof text, MSG_DONTWAIT);
    if (length > 0)
        send(fd, text, (size_t)length, MSG_NOSIGNAL);
    return length != 0;
}

static void *serve(void *client)
{
    return (void *)(intptr_t)echoed((int)(intptr_t)client);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    fd_set all;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        pthread_t thread[FD_SETSIZE];
        select(highest + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) &&
                pthread_create(&thread[fd], NULL, serve, (void *)(intptr_t)fd))
                die("pthread_create");
        for (int fd = 0; fd <= highest; fd++) {
            void *there;
            if (fd == listener || !FD_ISSET(fd, &ready))
                continue;
            pthread_join(thread[fd], &there);
            if (there == NULL) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
