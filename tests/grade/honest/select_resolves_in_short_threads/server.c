/*
 * select; for each client that comes, a thread is made that looks up its name and ends, as a server
 * does that writes the names of its clients into a log.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <netdb.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

struct visitor {
    struct sockaddr_storage address;
    socklen_t length;
};

static void *look_up(void *given)
{
    struct visitor *visitor = given;
    char name[256];
    getnameinfo((struct sockaddr *)&visitor->address, visitor->length, name, sizeof name, NULL, 0,
                NI_NUMERICHOST);
    usleep(3000); /* the answer of a resolver takes a while */
    free(visitor);
    return NULL;
}

static void log_name(int fd)
{
    pthread_t thread;
    struct visitor *visitor = malloc(sizeof *visitor);
    if (visitor == NULL)
        return;
    visitor->length = sizeof visitor->address;
    getpeername(fd, (struct sockaddr *)&visitor->address, &visitor->length);
    if (pthread_create(&thread, NULL, look_up, visitor) == 0)
        pthread_detach(thread);
    else
        free(visitor);
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
            log_name(fd);
        }
    }
}
