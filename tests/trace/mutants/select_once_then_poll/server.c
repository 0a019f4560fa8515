/*
 * A mutant: it calls select once, to deceive a trace of the start, and then polls.
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;

static void serve_client(nfds_t slot)
{
    if (echo_step(watched[slot].fd) != CLOSED)
        return;
    close_client(watched[slot].fd);
    watched[slot] = watched[--count];
}

int main(void)
{
    obey_signals();
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "select");

    fd_set set;
    FD_ZERO(&set);
    FD_SET(watched[0].fd, &set);
    if (select(watched[0].fd + 1, &set, NULL, NULL, NULL) == -1)
        die("select");

    for (;;) {
        if (poll(watched, count, -1) == -1 && errno != EINTR)
            die("poll");
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents)
                serve_client(slot);
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && count < MOST)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}
