/*
 * A decoy: the server waits in recv with SO_RCVTIMEO of one millisecond, for one client after the
 * other, and calls select for show.
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
        int fd;
        while ((fd = accept_client(listener, 0)) >= 0 && fd < FD_SETSIZE) {
            struct timeval short_while = {0, 1000};
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &short_while, sizeof short_while);
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
