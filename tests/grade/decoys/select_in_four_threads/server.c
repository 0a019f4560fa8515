/*
 * A decoy: four threads wait in select, each for its share of the clients.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>

enum { THREADS = 4 };
static int listener;

static void *serve(void *unused)
{
    fd_set all;
    int highest = listener;
    (void)unused;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    for (;;) {
        char text[16384];
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++) {
            if (fd == listener || !FD_ISSET(fd, &ready))
                continue;
            ssize_t length = recv(fd, text, sizeof text, 0);
            if (length > 0) {
                send(fd, text, (size_t)length, MSG_NOSIGNAL);
            } else {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, 0) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
    return NULL;
}

int main(void)
{
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    for (int i = 1; i < THREADS; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, serve, NULL);
    }
    say_ready(listener, "select");
    serve(NULL);
}
