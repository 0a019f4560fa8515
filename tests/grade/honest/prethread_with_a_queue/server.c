/*
 * A pool of threads and a queue of clients: the first thread accepts and queues; a thread of the pool
 * takes a client and serves it until it leaves.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>

enum { POOL = 40, ROOM = 1024 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static int queue[ROOM];
static unsigned first, next;

static void *serve(void *unused)
{
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&lock);
        while (first == next)
            pthread_cond_wait(&work, &lock);
        int fd = queue[first++ % ROOM];
        pthread_mutex_unlock(&lock);
        echo_until_closed(fd);
        close_client(fd);
    }
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    for (int i = 0; i < POOL; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, NULL))
            die("pthread_create");
    }
    say_ready(listener, "prethread");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        pthread_mutex_lock(&lock);
        queue[next++ % ROOM] = fd;
        pthread_cond_signal(&work);
        pthread_mutex_unlock(&lock);
    }
}
