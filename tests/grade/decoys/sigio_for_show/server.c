/*
 * A decoy: the sockets have O_ASYNC, and a handler counts the signals. The server waits in ppoll.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;
static volatile sig_atomic_t signals;

static void counted(int number)
{
    (void)number;
    signals++;
}

static void send_signals_about(int fd)
{
    fcntl(fd, F_SETOWN, getpid());
    fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK | O_ASYNC);
}

int main(void)
{
    obey_signals();
    signal(SIGIO, counted);
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    say_ready(watched[0].fd, "sigio");
    for (;;) {
        if (ppoll(watched, count, NULL, NULL) == -1)
            continue; /* a signal: poll again, which finds what is ready */
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd < 0)
            continue;
        send_signals_about(fd);
        watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}
