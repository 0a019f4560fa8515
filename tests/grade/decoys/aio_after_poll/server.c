/*
 * A decoy: poll finds the client that is ready; only then POSIX AIO reads it, and the thread waits in
 * aio_suspend for that one read, which is complete at once.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <aio.h>
#include <poll.h>
#include <sys/socket.h>

enum { MOST = 1100 };
static struct pollfd watched[MOST];

static bool served(int fd)
{
    static char text[16384];
    struct aiocb read = {.aio_fildes = fd, .aio_buf = text, .aio_nbytes = sizeof text};
    const struct aiocb *list[] = {&read};
    if (aio_read(&read))
        die("aio_read");
    aio_suspend(list, 1, NULL);
    ssize_t length = aio_error(&read) ? 0 : aio_return(&read);
    if (length > 0)
        send(fd, text, (size_t)length, MSG_NOSIGNAL);
    return length > 0;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), client;
    nfds_t known = 0;
    watched[known++] = (struct pollfd){listener, POLLIN, 0};
    say_ready(listener, "posix_aio");
    for (;;) {
        poll(watched, known, -1);
        for (nfds_t i = 1; i < known; i++)
            if (watched[i].fd >= 0 && watched[i].revents && !served(watched[i].fd)) {
                close_client(watched[i].fd);
                watched[i].fd = -1;
            }
        while (known < MOST && (client = accept_client(listener, 0)) >= 0)
            watched[known++] = (struct pollfd){client, POLLIN, 0};
    }
}
