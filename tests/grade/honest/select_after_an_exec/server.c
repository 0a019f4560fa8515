/*
 * select in the second thread of a program that first executes itself anew, with a setting of its own
 * in the environment; the main thread waits for the second one to end.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *unused)
{
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    fd_set all;
    (void)unused;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        select(highest + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) && echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
    return NULL;
}

int main(int count, char **words)
{
    pthread_t thread;
    if (count > 0 && getenv("MALLOC_ARENA_MAX") == NULL) {
        setenv("MALLOC_ARENA_MAX", "1", 1);
        execv("/proc/self/exe", words);
    }
    obey_signals();
    if (pthread_create(&thread, NULL, serve, NULL))
        die("pthread_create");
    pthread_join(thread, NULL);
}
