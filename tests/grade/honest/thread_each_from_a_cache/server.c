/*
 * A thread for each client; a thread whose client has left waits for the next one, as in MySQL's cache
 * of threads, so that few are made.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t come = PTHREAD_COND_INITIALIZER;
static int idle, next = NO_CLIENT;

static void *serve(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (next < 0)
            pthread_cond_wait(&come, &lock);
        int fd = next;
        next = NO_CLIENT;
        idle--;
        pthread_cond_broadcast(&come);
        pthread_mutex_unlock(&lock);
        echo_until_closed(fd);
        pthread_mutex_lock(&lock);
        idle++;
    }
    return NULL;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "thread");
    for (;;) {
        pthread_t thread;
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        pthread_mutex_lock(&lock);
        next = fd;
        if (idle == 0) {
            idle++;
            if (pthread_create(&thread, NULL, serve, NULL))
                die("pthread_create");
            pthread_detach(thread);
        }
        pthread_cond_broadcast(&come);
        while (next >= 0)
            pthread_cond_wait(&come, &lock);
        pthread_mutex_unlock(&lock);
    }
}
