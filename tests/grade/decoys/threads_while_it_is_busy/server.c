/*
 * A decoy: as long as clients send one after the other, select waits and serves. Where three are
 * ready at once, a pool of threads takes them over, until no client has sent for a while.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

enum { POOL = 4, BUSY = 3, QUIET_NS = 3000000 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER, done = PTHREAD_COND_INITIALIZER;
static fd_set all;
static int highest, listener, working, order;

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000 + time.tv_nsec;
}

static void *serve(void *mine)
{
    long number = (long)mine;
    int known = 0;
    for (;;) {
        pthread_mutex_lock(&lock);
        while (order == known)
            pthread_cond_wait(&work, &lock);
        known = order;
        pthread_mutex_unlock(&lock);
        for (long last = now(); now() - last < QUIET_NS;)
            for (int fd = (int)number; fd <= highest; fd += POOL) {
                char text[4096];
                ssize_t length =
                    fd != listener && FD_ISSET(fd, &all) ? recv(fd, text, sizeof text, MSG_DONTWAIT) : -1;
                if (length > 0) {
                    send(fd, text, (size_t)length, MSG_NOSIGNAL);
                    last = now();
                }
            }
        pthread_mutex_lock(&lock);
        if (--working == 0)
            pthread_cond_signal(&done);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void let_the_pool_serve(void)
{
    pthread_mutex_lock(&lock);
    working = POOL;
    order++;
    pthread_cond_broadcast(&work);
    while (working > 0)
        pthread_cond_wait(&done, &lock);
    pthread_mutex_unlock(&lock);
}

int main(void)
{
    obey_signals();
    listener = highest = open_listener(SOCK_NONBLOCK);
    FD_ZERO(&all);
    FD_SET(listener, &all);
    for (long i = 0; i < POOL; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, serve, (void *)i);
    }
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        int number = select(highest + 1, &ready, NULL, NULL, NULL);
        if (number >= BUSY && !FD_ISSET(listener, &ready)) {
            let_the_pool_serve();
            continue;
        }
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) && echo_step(fd) == CLOSED) {
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
