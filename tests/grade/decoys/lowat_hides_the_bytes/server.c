/*
 * A decoy: every client is in the set of select, but a client counts as readable only from a
 * megabyte on (SO_RCVLOWAT). So select ends by its time, each millisecond, and recv asks every client.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/select.h>
#include <sys/socket.h>

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), highest = listener, never = 1 << 20;
    fd_set all;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        struct timeval time = {0, 1000};
        select(highest + 1, &ready, NULL, NULL, &time);
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &all) && echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &never, sizeof never);
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
