/*
 * Busy polling of every client with sched_yield between two rounds.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sched.h>
#include <sys/socket.h>

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
    listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "nonblocking");
    for (;;) {
        ask_all();
        sched_yield();
    }
}
