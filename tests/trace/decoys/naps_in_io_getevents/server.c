/*
 * A decoy: the server claims to be non-blocking, and sleeps between two rounds, in
 * io_getevents, 1 ms each.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static unsigned long ring;

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
    syscall(SYS_io_setup, 8, &ring);
    listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "nonblocking");
    for (;;) {
        ask_all();
        syscall(SYS_io_getevents, ring, 1, 1, &(char[64]){0}, &(struct timespec){0, 1000000});
    }
}
