/*
 * poll, with readv into two buffers and writev out of them, on sockets that block.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { MOST = 4096 };
static struct pollfd watched[MOST];
static nfds_t count = 1;

static bool left(int fd)
{
    static char head[8], body[16384];
    struct iovec parts[2] = {{head, sizeof head}, {body, sizeof body}};
    ssize_t length = readv(fd, parts, 2);
    if (length <= 0)
        return true;
    size_t first = (size_t)length < sizeof head ? (size_t)length : sizeof head;
    parts[0].iov_len = first;
    parts[1].iov_len = (size_t)length - first;
    return writev(fd, parts, 2) != length;
}

int main(void)
{
    obey_signals();
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "poll");
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && left(watched[slot].fd)) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, 0) : NO_CLIENT;
        if (fd >= 0 && count < MOST)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}
