/*
 * POSIX AIO by lio_listio: the next read of a client and the write of its reply are handed over as a list
 * of one, and a signal that queues says which client's is complete.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <aio.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

struct client {
    struct aiocb step;
    size_t from, to;
    char text[2048];
};

static sigset_t done;

static void hand_over(struct client *client, int what, char *at, size_t length)
{
    struct sigevent silent = {.sigev_notify = SIGEV_NONE};
    client->step.aio_lio_opcode = what;
    client->step.aio_buf = at;
    client->step.aio_nbytes = length;
    struct aiocb *list[] = {&client->step};
    if (lio_listio(LIO_NOWAIT, list, 1, &silent) == -1) {
        close_client(client->step.aio_fildes);
        free(client);
    }
}

static void *accepts(void *argument)
{
    int listener = (int)(intptr_t)argument;
    for (;;) {
        int fd = accept_client(listener, 0);
        struct client *client = fd >= 0 ? calloc(1, sizeof *client) : NULL;
        if (client == NULL)
            continue;
        client->step.aio_fildes = fd;
        client->step.aio_sigevent.sigev_notify = SIGEV_SIGNAL;
        client->step.aio_sigevent.sigev_signo = SIGRTMIN + 1;
        client->step.aio_sigevent.sigev_value.sival_ptr = client;
        hand_over(client, LIO_READ, client->text, sizeof client->text);
    }
    return NULL;
}

static void completed(struct client *client)
{
    int error = aio_error(&client->step);
    ssize_t length = aio_return(&client->step);
    if (error != 0 || length <= 0) {
        close_client(client->step.aio_fildes);
        free(client);
        return;
    }
    if (client->step.aio_lio_opcode == LIO_READ) {
        client->from = 0;
        client->to = (size_t)length;
    } else {
        client->from += (size_t)length;
    }
    if (client->from < client->to)
        hand_over(client, LIO_WRITE, client->text + client->from, client->to - client->from);
    else
        hand_over(client, LIO_READ, client->text, sizeof client->text);
}

int main(void)
{
    pthread_t thread;
    siginfo_t news;
    obey_signals();
    sigemptyset(&done);
    sigaddset(&done, SIGRTMIN + 1);
    pthread_sigmask(SIG_BLOCK, &done, NULL);
    int listener = open_listener(0);
    if ((errno = pthread_create(&thread, NULL, accepts, (void *)(intptr_t)listener)) != 0)
        die("pthread_create");
    say_ready(listener, "posix_aio");
    for (;;)
        if (sigwaitinfo(&done, &news) != -1 && news.si_code == SI_ASYNCIO)
            completed(news.si_value.sival_ptr);
}
