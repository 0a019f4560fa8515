/*
 * POSIX AIO with aio_suspend: one thread waits until any of its reads is complete.
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

enum { MOST = 40 };
static struct client *clients[MOST];
static const struct aiocb *operations[MOST];
static int count;

static void read_on(struct client *client)
{
    int fd = client->operation.aio_fildes;
    client->operation = (struct aiocb){.aio_fildes = fd, .aio_buf = client->text,
                                       .aio_nbytes = sizeof client->text};
    aio_read(&client->operation);
}

int main(void)
{
    obey_signals();
    aio_init(&(struct aioinit){.aio_threads = 64, .aio_num = 1024, .aio_idle_time = 1});
    int listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "posix_aio");
    for (;;) {
        for (int fd; count < MOST && (fd = accept_client(listener, 0)) >= 0; count++) {
            clients[count] = calloc(1, sizeof *clients[count]);
            clients[count]->operation.aio_fildes = fd;
            operations[count] = &clients[count]->operation;
            read_on(clients[count]);
        }
        if (aio_suspend(operations, count, &(struct timespec){0, 20000000}) == -1)
            continue;
        for (int i = count - 1; i >= 0; i--) {
            if (aio_error(operations[i]) == EINPROGRESS)
                continue;
            ssize_t length = aio_return(&clients[i]->operation);
            if (length > 0) {
                send(clients[i]->operation.aio_fildes, clients[i]->text, (size_t)length, 0);
                read_on(clients[i]);
                continue;
            }
            close_client(clients[i]->operation.aio_fildes);
            free(clients[i]);
            clients[i] = clients[--count];
            operations[i] = operations[count];
        }
    }
}
