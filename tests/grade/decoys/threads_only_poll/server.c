/*
 * A decoy: each client has a thread that waits in poll for it, as one with a time-out may. It writes
 * the client's number into a pipe, and one other thread, which reads the pipe, copies and replies.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static sem_t done[MOST];
static bool gone[MOST];
static int bell[2];

static void *watch(void *client)
{
    int fd = (int)(intptr_t)client;
    do {
        struct pollfd only = {fd, POLLIN, 0};
        poll(&only, 1, -1);
        (void)!write(bell[1], &fd, sizeof fd);
        sem_wait(&done[fd]);
    } while (!gone[fd]);
    close_client(fd);
    return NULL;
}

static void *copy(void *unused)
{
    int fd;
    (void)unused;
    while (read(bell[0], &fd, sizeof fd) == sizeof fd) {
        gone[fd] = echo_step(fd) == CLOSED;
        sem_post(&done[fd]);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    int listener = open_listener(0);
    if (pipe(bell) || pthread_create(&thread, NULL, copy, NULL))
        die("pipe");
    say_ready(listener, "thread");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0 || fd >= MOST)
            continue;
        sem_init(&done[fd], 0, 0);
        if (pthread_create(&thread, NULL, watch, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
}
