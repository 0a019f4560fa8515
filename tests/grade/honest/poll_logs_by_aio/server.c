/*
 * poll, and a log that POSIX AIO writes: a helper thread of the C library, which ends when it has had
 * nothing to do for a second.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <aio.h>
#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

enum { MOST = 1100 };
static struct pollfd watched[MOST];
static char line[] = "a client came or left\n";
static struct aiocb writing = {.aio_buf = line, .aio_nbytes = sizeof line - 1};

/* A line is left out while the last one is being written. */
static void note(void)
{
    if (aio_error(&writing) != EINPROGRESS) {
        (void)aio_return(&writing);
        aio_write(&writing);
    }
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), client;
    nfds_t known = 0;
    writing.aio_fildes = memfd_create("journal", MFD_CLOEXEC);
    watched[known++] = (struct pollfd){listener, POLLIN, 0};
    say_ready(listener, "poll");
    for (;;) {
        poll(watched, known, -1);
        for (nfds_t i = 1; i < known; i++)
            if (watched[i].fd >= 0 && watched[i].revents && echo_step(watched[i].fd) == CLOSED) {
                close_client(watched[i].fd);
                watched[i].fd = -1;
                note();
            }
        while (known < MOST && (client = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            watched[known++] = (struct pollfd){client, POLLIN, 0};
            note();
        }
    }
}
