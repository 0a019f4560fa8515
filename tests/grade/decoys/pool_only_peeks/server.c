/*
 * A decoy: a pool of threads was made before the first client. Each takes a client and waits in recv
 * with MSG_PEEK; the first thread, which reads a pipe, copies for all of them.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024, POOL = 64 };
static sem_t done[MOST];
static bool gone[MOST];
static int bell[2], listener;

static void *take(void *unused)
{
    (void)unused;
    for (;;) {
        char byte;
        int fd = accept_client(listener, 0);
        if (fd < 0 || fd >= MOST)
            continue;
        sem_init(&done[fd], 0, 0);
        do {
            recv(fd, &byte, 1, MSG_PEEK);
            (void)!write(bell[1], &fd, sizeof fd);
            sem_wait(&done[fd]);
        } while (!gone[fd]);
        close_client(fd);
    }
    return NULL;
}

int main(void)
{
    obey_signals();
    listener = open_listener(0);
    if (pipe(bell))
        die("pipe");
    for (int i = 0; i < POOL; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, take, NULL))
            die("pthread_create");
    }
    say_ready(listener, "prethread");
    for (;;) {
        int fd;
        if (read(bell[0], &fd, sizeof fd) != sizeof fd)
            continue;
        gone[fd] = echo_step(fd) == CLOSED;
        sem_post(&done[fd]);
    }
}
