/*
 * posix_aio: start a read and continue; a signal reports when the bytes are in the buffer.
 *
 * Wait:        one helper thread of glibc per operation, inside read; the main thread, for a signal
 * Copy:        the helper thread, into and out of the client's buffer, before the signal
 * Idle client: a buffer and a request, for the read in progress, and one of the 20 helper threads
 * Ceiling:     20 operations at once (aio_init sets it): the read of the 21st idle client waits
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
#include <unistd.h>

/* The Linux kernel has no POSIX AIO for sockets. glibc emulates it with threads: each thread
 * takes a request from a list and makes a blocking read or write. When all 20 threads sleep in
 * read, the other requests stay on the list, and no call reports it. With one thread for each
 * client this would be the model of labs/thread. */

#define DONE SIGRTMIN /* queued when an operation is complete; carries the client's address */

/* An operation needs its buffer from the start, although the client may be idle for hours. */
enum { BUFFER_SIZE = 4 * 1024 };

struct client {
    struct aiocb operation; /* the read or write in progress: always one */
    size_t from, to;        /* of the bytes to be written */
    char bytes[BUFFER_SIZE];
};

/* Each client may have one signal in the queue. When the queue is full, glibc drops the
 * notification of a completed operation and replaces its result by EAGAIN, and its client would
 * wait forever. So the server accepts no more clients than the queue has places. */
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

/* POSIX AIO has no accept, only read, write and fsync. So a separate thread accepts clients. */
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

/* The operation is complete. After a read, write; after a write, write the rest or read again. */
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
    /* 20 is the default of glibc. AIO_THREADS sets another number. */
    aio_init(&(struct aioinit){.aio_threads = read_setting("AIO_THREADS", 20), .aio_idle_time = 1});
    int listener = open_listener(0);
    pthread_t acceptor;
    if ((errno = pthread_create(&acceptor, NULL, accept_clients, (void *)(intptr_t)listener)) != 0)
        die("pthread_create");
    say_ready(listener, "posix_aio");

    for (;;) {
        siginfo_t done;
        if (sigwaitinfo(&signals, &done) == -1) {
            if (errno != EINTR)
                die("sigwaitinfo");
            continue;
        }
        /* Any process of this user can send this signal, but only glibc's carry a client. */
        if (done.si_code == SI_ASYNCIO && done.si_pid == getpid())
            serve_client(done.si_value.sival_ptr);
    }
}
