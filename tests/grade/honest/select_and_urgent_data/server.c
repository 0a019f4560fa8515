/*
 * select with three sets: urgent data stays in line, the exceptional set watches for it, and SIGURG,
 * of which the process is the owner for each client, has a handler that counts.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t urgent;

static void count(int number)
{
    urgent += number == SIGURG;
}

int main(void)
{
    obey_signals();
    struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};
    int listener = open_listener(SOCK_NONBLOCK), highest = listener, yes = 1;
    fd_set all;
    sigaction(SIGURG, &action, NULL);
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all, exceptional = all;
        if (select(highest + 1, &ready, NULL, &exceptional, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && (FD_ISSET(fd, &ready) || FD_ISSET(fd, &exceptional)) &&
                echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &yes, sizeof yes);
            fcntl(fd, F_SETOWN, getpid());
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
