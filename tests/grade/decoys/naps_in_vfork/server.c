/*
 * A decoy: the server claims to be non-blocking, and sleeps between two rounds: in vfork, until its
 * child, which sleeps for a millisecond, has ended.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 4096 };
static bool known[MOST];

int main(void)
{
    obey_signals();
    signal(SIGCHLD, SIG_IGN);
    int listener = open_listener(SOCK_NONBLOCK), client;
    say_ready(listener, "nonblocking");
    for (;;) {
        if (vfork() == 0) {
            nanosleep(&(struct timespec){0, 1000000}, NULL);
            _exit(0);
        }
        for (int fd = 0; fd < MOST; fd++)
            if (known[fd] && echo_step(fd) == CLOSED) {
                known[fd] = false;
                close_client(fd);
            }
        while ((client = accept_client(listener, SOCK_NONBLOCK)) >= 0)
            if (client < MOST)
                known[client] = true;
    }
}
