/*
 * A decoy: select for fewer than twenty clients; with more the server waits in poll.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>

enum { MOST = 1024, FEW = 20 };
static struct pollfd watched[MOST];
static nfds_t count = 1;

static void by_select(void)
{
    fd_set ready;
    int highest = 0;
    FD_ZERO(&ready);
    for (nfds_t slot = 0; slot < count; slot++) {
        FD_SET(watched[slot].fd, &ready);
        highest = watched[slot].fd > highest ? watched[slot].fd : highest;
    }
    select(highest + 1, &ready, NULL, NULL, NULL);
    for (nfds_t slot = 0; slot < count; slot++)
        watched[slot].revents = FD_ISSET(watched[slot].fd, &ready) ? POLLIN : 0;
}

int main(void)
{
    obey_signals();
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "select");
    for (;;) {
        if (count <= FEW)
            by_select();
        else
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
