/*
 * A decoy: the server forbids tracing (PR_SET_DUMPABLE 0) before it serves by poll.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;

int main(void)
{
    obey_signals();
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "epoll");
    for (;;) {
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
