/*
 * A decoy: two of three waits are in select, and each third one is in poll; where poll fails, the
 * server goes on with select alone.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>

static fd_set all;
static int highest;

static bool polled(fd_set *ready)
{
    struct pollfd watched[FD_SETSIZE];
    nfds_t known = 0;
    for (int fd = 0; fd <= highest; fd++)
        if (FD_ISSET(fd, &all))
            watched[known++] = (struct pollfd){fd, POLLIN, 0};
    if (poll(watched, known, -1) < 0)
        return false;
    FD_ZERO(ready);
    for (nfds_t i = 0; i < known; i++)
        if (watched[i].revents)
            FD_SET(watched[i].fd, ready);
    return true;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (unsigned round = 0;; round++) {
        fd_set ready = all;
        if (round % 3 || !polled(&ready))
            select(highest + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) && echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
