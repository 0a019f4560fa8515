/*
 * Plain SIGIO with pause(2): the signal handler tries all clients.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static int clients[MOST], count, listener;

static void own(int fd)
{
    fcntl(fd, F_SETOWN, getpid());
    fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK);
}

static void ask_all(int signal)
{
    (void)signal;
    for (int fd; count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;)
        own(clients[count++] = fd);
    for (int i = count; i-- > 0;)
        if (echo_step(clients[i]) == CLOSED) {
            close_client(clients[i]);
            clients[i] = clients[--count];
        }
}

int main(void)
{
    obey_signals();
    signal(SIGIO, ask_all);
    listener = open_listener(SOCK_NONBLOCK);
    own(listener);
    say_ready(listener, "sigio");
    for (;;)
        pause();
}
