/*
 * A decoy: every client is in the list of poll, but with no events. So poll ends by its time, each
 * millisecond, and recv asks every client.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sys/socket.h>

enum { MOST = 1100 };
static struct pollfd watched[MOST];

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), client;
    nfds_t known = 0;
    watched[known++] = (struct pollfd){listener, POLLIN, 0};
    say_ready(listener, "poll");
    for (;;) {
        poll(watched, known, 1);
        for (nfds_t i = 1; i < known; i++)
            if (watched[i].fd >= 0 && echo_step(watched[i].fd) == CLOSED) {
                close_client(watched[i].fd);
                watched[i].fd = -1;
            }
        while (known < MOST && (client = accept_client(listener, SOCK_NONBLOCK)) >= 0)
            watched[known++] = (struct pollfd){client, 0, 0};
    }
}
