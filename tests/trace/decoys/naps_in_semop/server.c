/*
 * A decoy: the server claims to be non-blocking, and sleeps between two rounds, in a System V
 * semaphore, 1 ms each.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <sys/socket.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <time.h>

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
    int sem = semget(IPC_PRIVATE, 1, 0600);
    listener = open_listener(SOCK_NONBLOCK);
    say_ready(listener, "nonblocking");
    for (;;) {
        ask_all();
        semtimedop(sem, &(struct sembuf){0, -1, 0}, 1, &(struct timespec){0, 1000000});
    }
}
