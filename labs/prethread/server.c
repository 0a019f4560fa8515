/*
 * prethread: a fixed number of threads, which all accept from one listening socket.
 *
 * Wait:        each worker sleeps inside accept, and then inside recv, for one client only
 * Copy:        the worker, inside recv and send, before they return
 * Idle client: keeps a whole worker asleep
 * Ceiling:     WORKERS clients at a time: every further client waits in the listen queue
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* All workers share it. Each worker that sleeps in accept is an exclusive waiter: the kernel
 * wakes one of them for each new client, so these calls need no lock. */
static int listener;

/* Enough for the 16 KiB buffer of echo_until_closed. */
enum { STACK_SIZE = 64 * 1024 };

/* Sleep until a client comes, or return REFUSED. accept_client counts and refuses clients in
 * variables that belong to one thread at a time, so only accept4 itself runs without the lock. */
static int take_client(void)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0)
        return fd;
    if ((errno = pthread_mutex_lock(&lock)) != 0)
        die("pthread_mutex_lock");
    fd = accept_client(listener, 0); /* again, and at a limit with the spare descriptor */
    if ((errno = pthread_mutex_unlock(&lock)) != 0)
        die("pthread_mutex_unlock");
    return fd;
}

/* recv and send block. The worker does nothing else until this client leaves. */
static void serve_client(int fd)
{
    echo_until_closed(fd);
    close_client(fd);
}

/* A worker is the server of labs/blocking. It never ends. */
static void *work(void *unused)
{
    for (;;) {
        int fd = take_client();
        if (fd < 0)
            continue;
        serve_client(fd);
    }
    return unused;
}

static void start_worker(const pthread_attr_t *attributes)
{
    pthread_t thread;
    if ((errno = pthread_create(&thread, attributes, work, NULL)) != 0)
        die("pthread_create");
}

int main(void)
{
    obey_signals();
    int count = read_setting("WORKERS", 16);
    if (count == 0) {
        fprintf(stderr, "WORKERS=0: expected at least one\n");
        exit(2);
    }
    listener = open_listener(0);

    pthread_attr_t attributes;
    if ((errno = pthread_attr_init(&attributes)) != 0)
        die("pthread_attr_init");
    if ((errno = pthread_attr_setstacksize(&attributes, STACK_SIZE)) != 0)
        die("pthread_attr_setstacksize");

    /* The main thread is the last worker. */
    for (int i = 1; i < count; i++)
        start_worker(&attributes);
    say_ready(listener, "prethread");

    for (;;) {
        int fd = take_client();
        if (fd < 0)
            continue;
        serve_client(fd);
    }
}
