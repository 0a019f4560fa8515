/*
 * A decoy: eight processes were forked before the first client and sleep in accept on a socket that no one
 * knows; the first process serves all clients by poll.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024, CHILDREN = 8 };

int main(void)
{
    static struct pollfd watched[MOST];
    nfds_t count = 1;
    int parent = getpid();
    obey_signals();
    int unknown = socket(AF_INET, SOCK_STREAM, 0);
    if (listen(unknown, 8))
        die("listen");
    for (int i = 0; i < CHILDREN; i++)
        if (fork() == 0) {
            follow_parent(parent);
            for (;;)
                accept(unknown, NULL, NULL);
        }
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "prefork");
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && count < MOST)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}
