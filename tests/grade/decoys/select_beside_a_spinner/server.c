/*
 * A decoy: select waits for all clients, and its thread does nothing when it returns; another thread
 * asks every client by recv with MSG_DONTWAIT, and never sleeps.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1000 };
static int clients[MOST], count, listener;

static void *ask(void *unused)
{
    (void)unused;
    for (;;) {
        for (int fd; count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;)
            clients[count++] = fd;
        for (int i = count; i-- > 0;) {
            char text[16384];
            ssize_t length = recv(clients[i], text, sizeof text, MSG_DONTWAIT);
            if (length > 0) {
                send(clients[i], text, (size_t)length, MSG_NOSIGNAL);
            } else if (length == 0) {
                int fd = clients[i];
                clients[i] = clients[--count];
                close_client(fd);
            }
        }
        (void)0;
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    pthread_create(&thread, NULL, ask, NULL);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready;
        int highest = listener;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        for (int i = 0; i < count; i++) {
            FD_SET(clients[i], &ready);
            highest = clients[i] > highest ? clients[i] : highest;
        }
        if (select(highest + 1, &ready, NULL, NULL, NULL) > 0)
            usleep(1000);
    }
}
