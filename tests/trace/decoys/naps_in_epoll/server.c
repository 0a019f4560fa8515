/*
 * A decoy: the server claims to be non-blocking, and sleeps between two rounds, in epoll_wait
 * on an empty set, 2 ms each.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/socket.h>
#include <sys/epoll.h>

enum { MOST = 1024 };
static int clients[MOST], count, listener;

static void ask_all(void)
{
    for (int i = count - 1; i >= 0; i--)
        if (echo_step(clients[i]) == CLOSED) {
            close_client(clients[i]);
            clients[i] = clients[--count];
        }
    for (int fd; (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;)
        clients[count++] = fd;
}

int main(void)
{
    obey_signals();
    int epoll = epoll_create1(0);
    listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "nonblocking");
    for (;;) {
        ask_all();
        epoll_wait(epoll, &(struct epoll_event){0}, 1, 2);
    }
}
