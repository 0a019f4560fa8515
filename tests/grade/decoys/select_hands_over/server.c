/*
 * A decoy: the first thread waits in select for all clients, and passes each that is ready, by a
 * queue and a lock, to a second thread that reads and replies.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static int queue[FD_SETSIZE], queued;
static fd_set all;

static void *serve(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&lock);
    for (;;) {
        while (queued == 0)
            pthread_cond_wait(&work, &lock);
        int fd = queue[--queued];
        if (echo_step(fd) == CLOSED) {
            FD_CLR(fd, &all);
            close_client(fd);
        }
        if (queued == 0)
            pthread_cond_signal(&done);
    }
    return NULL;
}

int main(void)
{
    pthread_t thread;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    pthread_create(&thread, NULL, serve, NULL);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        pthread_mutex_lock(&lock);
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready))
                queue[queued++] = fd;
        pthread_cond_signal(&work);
        while (queued > 0)
            pthread_cond_wait(&done, &lock);
        pthread_mutex_unlock(&lock);
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
