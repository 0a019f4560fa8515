/*
 * POSIX AIO with SIGEV_THREAD: the C library calls a function in a new thread when a read is
 * complete.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <aio.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    struct aiocb operation;
    char text[4096];
};

static void read_on(struct client *client);

static void completed(union sigval value)
{
    struct client *client = value.sival_ptr;
    ssize_t length = aio_error(&client->operation) ? -1 : aio_return(&client->operation);
    if (length <= 0) {
        close_client(client->operation.aio_fildes);
        free(client);
        return;
    }
    send(client->operation.aio_fildes, client->text, (size_t)length, 0);
    read_on(client);
}

static void read_on(struct client *client)
{
    int fd = client->operation.aio_fildes;
    client->operation = (struct aiocb){.aio_fildes = fd, .aio_buf = client->text,
                                       .aio_nbytes = sizeof client->text};
    client->operation.aio_sigevent.sigev_notify = SIGEV_THREAD;
    client->operation.aio_sigevent.sigev_notify_function = completed;
    client->operation.aio_sigevent.sigev_value.sival_ptr = client;
    aio_read(&client->operation);
}

int main(void)
{
    obey_signals();
    aio_init(&(struct aioinit){.aio_threads = 64, .aio_num = 1024, .aio_idle_time = 1});
    int listener = open_listener(0);
    say_ready(listener, "posix_aio");
    for (;;) {
        int fd = accept_client(listener, 0);
        struct client *client = fd < 0 ? NULL : calloc(1, sizeof *client);
        if (client == NULL)
            continue;
        client->operation.aio_fildes = fd;
        read_on(client);
    }
}
