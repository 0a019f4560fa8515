/*
 * A decoy: the first process sleeps in vfork for ever. The child, which has its memory and its
 * descriptors, waits in poll for all clients.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;

static void serve(void)
{
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}

int main(void)
{
    obey_signals();
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "select");
    if (vfork() == 0)
        serve();
    return 1;
}
