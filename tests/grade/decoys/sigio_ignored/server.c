/*
 * A decoy: each socket has an owner and O_ASYNC, but SIGIO is ignored. A timer's signal comes every
 * three milliseconds, and then every client is asked by recv.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1024 };
static int clients[MOST], count;

int main(void)
{
    sigset_t set;
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec each = {{0, 3000000}, {0, 3000000}};
    obey_signals();
    signal(SIGIO, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int listener = open_listener(SOCK_NONBLOCK);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) || timer_settime(timer, 0, &each, NULL))
        die("timer_create");
    say_ready(listener, "sigio");
    for (;;) {
        siginfo_t info;
        sigwaitinfo(&set, &info);
        for (int fd; count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;) {
            fcntl(fd, F_SETOWN, getpid());
            fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
            clients[count++] = fd;
        }
        for (int i = count; i-- > 0;)
            if (echo_step(clients[i]) == CLOSED) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
    }
}
