/*
 * select, with each client moved to a descriptor above 500 (F_DUPFD), as in a server that keeps the
 * low ones for the C library.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    fd_set all;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) && echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int low = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (low < 0)
            continue;
        int fd = fcntl(low, F_DUPFD_CLOEXEC, 500);
        close(low);
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
