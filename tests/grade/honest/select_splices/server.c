/*
 * select, and an echo by splice(2) through a pipe: the bytes stay in the kernel.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int through[2];

static enum step echo_in_the_kernel(int fd)
{
    ssize_t moved = splice(fd, NULL, through[1], NULL, 16384, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
    if (moved == 0)
        return CLOSED;
    while (moved > 0) {
        ssize_t sent = splice(through[0], NULL, fd, NULL, (size_t)moved, SPLICE_F_MOVE);
        if (sent <= 0)
            return CLOSED;
        moved -= sent;
    }
    return ECHOED;
}

int main(void)
{
    fd_set all;
    obey_signals();
    if (pipe(through))
        die("pipe");
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) && echo_in_the_kernel(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, 0) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
