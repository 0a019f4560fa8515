/*
 * A decoy: each client has a thread that blocks in recv for the first byte of a message. The rest of
 * it one other thread receives, which also replies to all clients.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/socket.h>

enum { MOST = 1100 };
struct order {
    int fd;
    char first;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static sem_t done[MOST];
static struct order queue[MOST];
static int queued;

static void *wait_for_first(void *client)
{
    struct order order = {.fd = (int)(intptr_t)client};
    while (recv(order.fd, &order.first, 1, 0) == 1) {
        pthread_mutex_lock(&lock);
        queue[queued++] = order;
        pthread_cond_signal(&work);
        pthread_mutex_unlock(&lock);
        sem_wait(&done[order.fd]);
    }
    close_client(order.fd);
    return NULL;
}

static void *copy(void *unused)
{
    (void)unused;
    for (;;) {
        char text[16384];
        pthread_mutex_lock(&lock);
        while (queued == 0)
            pthread_cond_wait(&work, &lock);
        struct order order = queue[--queued];
        pthread_mutex_unlock(&lock);
        text[0] = order.first;
        ssize_t rest = recv(order.fd, text + 1, sizeof text - 1, MSG_DONTWAIT);
        send(order.fd, text, rest > 0 ? (size_t)rest + 1 : 1, MSG_NOSIGNAL);
        sem_post(&done[order.fd]);
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
        if (pthread_create(&thread, NULL, wait_for_first, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
}
