/*
 * A decoy: select is called for show, without time to wait. The server waits in ppoll, which it
 * calls by number, so that no symbol of the C library says so.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;

int main(void)
{
    obey_signals();
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "select");
    for (;;) {
        fd_set shown;
        FD_ZERO(&shown);
        FD_SET(watched[0].fd, &shown);
        syscall(SYS_ppoll, watched, count, NULL, NULL, 8);
        select(watched[0].fd + 1, &shown, NULL, NULL, &(struct timeval){0, 0});
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
