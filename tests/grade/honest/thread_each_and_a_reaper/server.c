/*
 * A thread for each client; a thread that has ended is joined by another one, which waits for such.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdint.h>

enum { ROOM = 4096 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t some = PTHREAD_COND_INITIALIZER;
static pthread_t ended[ROOM];
static unsigned first, next;

static void *serve(void *client)
{
    echo_until_closed((int)(intptr_t)client);
    close_client((int)(intptr_t)client);
    pthread_mutex_lock(&lock);
    ended[next++ % ROOM] = pthread_self();
    pthread_cond_signal(&some);
    pthread_mutex_unlock(&lock);
    return NULL;
}

static void *reap(void *unused)
{
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&lock);
        while (first == next)
            pthread_cond_wait(&some, &lock);
        pthread_t one = ended[first++ % ROOM];
        pthread_mutex_unlock(&lock);
        pthread_join(one, NULL);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    int listener = open_listener(0);
    if (pthread_create(&thread, NULL, reap, NULL))
        die("pthread_create");
    say_ready(listener, "thread");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd >= 0)
            pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);
    }
}
