/*
 * A decoy: the server tries all clients and makes no call that sleeps; a child stops it
 * (SIGSTOP) for most of the time.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024 };
static int clients[MOST], count;

static void stop_and_let_go(pid_t server)
{
    static const struct timespec stopped = {0, 3000000}, running = {0, 300000};
    for (;;) {
        kill(server, SIGSTOP);
        nanosleep(&stopped, NULL);
        kill(server, SIGCONT);
        nanosleep(&running, NULL);
    }
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    pid_t server = getpid();
    if (fork() == 0)
        stop_and_let_go(server);
    say_ready(listener, "nonblocking");
    for (;;) {
        for (int fd; count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;)
            clients[count++] = fd;
        for (int i = count; i-- > 0;)
            if (echo_step(clients[i]) == CLOSED) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
    }
}
