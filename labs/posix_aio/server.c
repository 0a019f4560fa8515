/*
 * posix_aio: start the read and go on; a signal says when the bytes are in our buffer.
 *
 * Wait:        one of glibc's threads for each operation, inside read; we, for a signal
 * Copy:        glibc's thread, into and out of our buffer, before the signal
 * Idle client: its buffer and its request, for the read that is under way, and one of 20 threads
 * Ceiling:     20 operations at once (aio_init raises it): the read of the 21st idle client waits
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <aio.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>

/* For sockets Linux has no POSIX AIO of its own. glibc plays it with threads: each takes
 * a request off a list and makes a blocking read or write. When all of its 20 threads
 * sleep in a read, everything else stays on the list, and nothing says so. We could raise
 * that to any number, and would have the model of labs/thread in disguise. */

#define DONE SIGRTMIN /* queued when an operation is complete; carries its client */

/* An operation needs its buffer from the start, while the client may be idle for hours. */
enum { BUFFER_SIZE = 4 * 1024 };

struct client {
    struct aiocb operation; /* the read or the write that is under way: always one */
    size_t from, to;        /* of the bytes to be written */
    char bytes[BUFFER_SIZE];
};

/* Each may have one signal in the queue. When that is full glibc drops the news of a
 * completed operation, and its client would wait for ever: so no more clients than places. */
static atomic_ulong clients;
static struct rlimit places;

static void remove_client(struct client *client)
{
    close_client(client->operation.aio_fildes);
    free(client);
    clients--;
}

static void start_read(struct client *client)
{
    client->from = client->to = 0;
    client->operation.aio_buf = client->bytes;
    client->operation.aio_nbytes = BUFFER_SIZE;
    if (aio_read(&client->operation) == -1)
        remove_client(client);
}

static void start_write(struct client *client)
{
    client->operation.aio_buf = client->bytes + client->from;
    client->operation.aio_nbytes = client->to - client->from;
    if (aio_write(&client->operation) == -1)
        remove_client(client);
}

static void add_client(int fd)
{
    if (clients >= places.rlim_cur) {
        refuse_client(fd, "SIGPENDING", fd);
        return;
    }
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        refuse_client(fd, "ENOMEM", fd);
        return;
    }
    clients++;
    client->operation.aio_fildes = fd;
    client->operation.aio_sigevent.sigev_notify = SIGEV_SIGNAL;
    client->operation.aio_sigevent.sigev_signo = DONE;
    client->operation.aio_sigevent.sigev_value.sival_ptr = client;
    start_read(client);
}

/* There is no aio_accept: POSIX AIO can read, write and fsync. So this has its own thread. */
static void *accept_clients(void *argument)
{
    int listener = (int)(intptr_t)argument;
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd >= 0)
            add_client(fd);
    }
    return NULL;
}

/* The operation is complete: after a read, write; after a write, write the rest or read. */
static void serve_client(struct client *client)
{
    int error = aio_error(&client->operation);
    ssize_t length = aio_return(&client->operation);
    if (error != 0 || length == 0) {
        remove_client(client);
        return;
    }
    if (client->to == 0)
        client->to = (size_t)length;
    else
        client->from += (size_t)length;
    if (client->from < client->to)
        start_write(client);
    else
        start_read(client);
}

int main(void)
{
    obey_signals();
    sigset_t signals;
    if (sigemptyset(&signals) == -1 || sigaddset(&signals, DONE) == -1)
        die("sigaddset");
    if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1)
        die("sigprocmask");
    if (getrlimit(RLIMIT_SIGPENDING, &places) == -1)
        die("getrlimit");
    /* 20 is glibc's own number: the setting is there to try another. */
    aio_init(&(struct aioinit){.aio_threads = read_setting("AIO_THREADS", 20), .aio_idle_time = 1});
    int listener = open_listener(0);
    pthread_t accepting;
    if ((errno = pthread_create(&accepting, NULL, accept_clients, (void *)(intptr_t)listener)) != 0)
        die("pthread_create");
    say_ready(listener, "posix_aio");

    for (;;) {
        siginfo_t done;
        if (sigwaitinfo(&signals, &done) == -1) {
            if (errno != EINTR)
                die("sigwaitinfo");
            continue;
        }
        serve_client(done.si_value.sival_ptr);
    }
}
