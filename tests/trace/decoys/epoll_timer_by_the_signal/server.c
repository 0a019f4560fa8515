/*
 * A decoy: a POSIX timer sends a real-time signal each millisecond. At each signal the server
 * tries all clients, as if one of them had caused it.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
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
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    listener = open_listener(SOCK_NONBLOCK);
    struct sigevent news = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    struct itimerspec tick = {{0, 1000000}, {0, 1000000}};
    timer_t timer;
    timer_create(CLOCK_MONOTONIC, &news, &timer);
    timer_settime(timer, 0, &tick, NULL);
    say_ready(listener, "sigio");
    for (;;)
        if (sigwaitinfo(&set, NULL) > 0)
            ask_all();
}
