/*
 * A decoy: poll waits a millisecond for fifteen clients, then for the next fifteen, so that no call is
 * of many descriptors; select is called once in each round, for all, with no time to wait.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>

enum { MOST = 1020, FEW = 15 };
static struct pollfd watched[MOST];

static void serve(struct pollfd *some, nfds_t number)
{
    if (poll(some, number, 1) < 1)
        return;
    for (nfds_t i = 0; i < number; i++)
        if (some[i].fd >= 0 && some[i].revents && echo_step(some[i].fd) == CLOSED) {
            close_client(some[i].fd);
            some[i].fd = -1;
        }
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), client;
    nfds_t known = 0;
    say_ready(listener, "select");
    for (;;) {
        fd_set all;
        FD_ZERO(&all);
        FD_SET(listener, &all);
        for (nfds_t i = 0; i < known; i++)
            if (watched[i].fd >= 0 && watched[i].fd < FD_SETSIZE)
                FD_SET(watched[i].fd, &all);
        select(FD_SETSIZE, &all, NULL, NULL, &(struct timeval){0, known ? 0 : 1000});
        for (nfds_t i = 0; i < known; i += FEW)
            serve(watched + i, known - i < FEW ? known - i : FEW);
        while (known < MOST && (client = accept_client(listener, SOCK_NONBLOCK)) >= 0)
            watched[known++] = (struct pollfd){client, POLLIN, 0};
    }
}
