/*
 * A decoy: select waits for all clients, but each of them is served before select could return: its signal
 * (O_ASYNC) interrupts the call, and the handler receives and replies.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t known[FD_SETSIZE];

static void serve(int number, siginfo_t *news, void *context)
{
    (void)number;
    (void)context;
    int fd = news->si_fd, saved = errno;
    if (fd >= 0 && fd < FD_SETSIZE && known[fd]) {
        enum step step;
        while ((step = echo_step(fd)) == ECHOED)
            continue;
        if (step == CLOSED) {
            known[fd] = 0;
            close_client(fd);
        }
    }
    errno = saved;
}

int main(void)
{
    struct sigaction action = {.sa_sigaction = serve, .sa_flags = SA_SIGINFO};
    obey_signals();
    sigaction(SIGRTMIN, &action, NULL);
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    say_ready(listener, "select");
    for (;;) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        for (int fd = 0; fd <= highest; fd++)
            if (known[fd])
                FD_SET(fd, &ready);
        if (select(highest + 1, &ready, NULL, NULL, NULL) == -1 || !FD_ISSET(listener, &ready))
            continue;
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd < 0 || fd >= FD_SETSIZE)
            continue;
        highest = fd > highest ? fd : highest;
        known[fd] = 1;
        fcntl(fd, F_SETOWN, getpid());
        fcntl(fd, F_SETSIG, SIGRTMIN);
        fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
        siginfo_t first = {.si_signo = SIGRTMIN};
        first.si_fd = fd;
        sigset_t blocked, old;
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGRTMIN);
        sigprocmask(SIG_BLOCK, &blocked, &old);
        serve(SIGRTMIN, &first, NULL);
        sigprocmask(SIG_SETMASK, &old, NULL);
    }
}
