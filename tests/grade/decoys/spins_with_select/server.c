/*
 * A decoy: the server asks every client by recv, again and again, and calls select once in each
 * round, for all clients and with no time to wait.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/select.h>
#include <sys/socket.h>

int main(void)
{
    fd_set all;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set shown = all;
        select(highest + 1, &shown, NULL, NULL, &(struct timeval){0, 0});
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &all) && echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
