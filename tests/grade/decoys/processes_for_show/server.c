/*
 * A decoy: for each client a child is forked that only sleeps; the parent serves all clients by
 * select.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    fd_set all;
    obey_signals();
    pid_t parent = getpid();
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "fork");
    for (;;) {
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) && echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd < 0 || fd >= FD_SETSIZE)
            continue;
        if (fork() == 0) {
            follow_parent(parent);
            for (;;)
                pause();
        }
        FD_SET(fd, &all);
        highest = fd > highest ? fd : highest;
    }
}
