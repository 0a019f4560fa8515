/*
 * A decoy: each client has a thread that waits in recv with MSG_PEEK and takes no byte. It wakes one
 * other thread, which copies the bytes of all clients and replies.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/socket.h>

enum { MOST = 1024 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static sem_t done[MOST];
static int queue[MOST], queued;
static bool gone[MOST];

static void *peek(void *client)
{
    int fd = (int)(intptr_t)client;
    char byte;
    for (;;) {
        recv(fd, &byte, 1, MSG_PEEK);
        pthread_mutex_lock(&lock);
        queue[queued++] = fd;
        pthread_cond_signal(&work);
        pthread_mutex_unlock(&lock);
        sem_wait(&done[fd]);
        if (gone[fd])
            break;
    }
    close_client(fd);
    return NULL;
}

static void *copy(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (queued == 0)
            pthread_cond_wait(&work, &lock);
        int fd = queue[--queued];
        pthread_mutex_unlock(&lock);
        gone[fd] = echo_step(fd) == CLOSED;
        sem_post(&done[fd]);
        pthread_mutex_lock(&lock);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    int listener = open_listener(0);
    pthread_create(&thread, NULL, copy, NULL);
    say_ready(listener, "thread");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0 || fd >= MOST)
            continue;
        sem_init(&done[fd], 0, 0);
        if (pthread_create(&thread, NULL, peek, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
}
