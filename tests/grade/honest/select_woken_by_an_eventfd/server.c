/*
 * select, which also watches an eventfd: a second thread writes to it every 20 milliseconds, as one
 * does that has the results of a computation.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int bell;

static void *compute(void *unused)
{
    uint64_t one = 1;
    (void)unused;
    for (;;) {
        usleep(20000);
        (void)!write(bell, &one, sizeof one);
    }
    return NULL;
}

int main(void)
{
    fd_set all;
    pthread_t thread;
    uint64_t number;
    obey_signals();
    bell = eventfd(0, EFD_NONBLOCK);
    int listener = open_listener(SOCK_NONBLOCK), highest = listener > bell ? listener : bell;
    if (bell == -1 || pthread_create(&thread, NULL, compute, NULL))
        die("compute");
    FD_ZERO(&all);
    FD_SET(bell, &all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        if (FD_ISSET(bell, &ready))
            (void)!read(bell, &number, sizeof number);
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && fd != bell && FD_ISSET(fd, &ready) && echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
