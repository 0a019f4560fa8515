/*
 * A decoy: a grandchild whose parent has ended serves by poll; the first process waits in select on
 * the same listener, and never gets a client.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;

static void serve(void)
{
    setsid();
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

int main(void)
{
    obey_signals();
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    if (fork() == 0) {
        if (fork() == 0)
            serve();
        _exit(0);
    }
    wait(NULL);
    say_ready(watched[0].fd, "select");
    int listener = watched[0].fd;
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        select(listener + 1, &ready, NULL, NULL, NULL);
        poll(NULL, 0, 5); /* so that the other is the first to accept */
    }
}
