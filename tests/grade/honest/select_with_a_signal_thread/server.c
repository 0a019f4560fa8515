/*
 * select in the first thread; a second thread waits for signals in sigwait, as POSIX advises.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/socket.h>

static sigset_t handled;

static void *await_signals(void *unused)
{
    (void)unused;
    for (;;) {
        int number;
        sigwait(&handled, &number);
    }
    return NULL;
}

int main(void)
{
    fd_set all;
    pthread_t other;
    obey_signals();
    sigemptyset(&handled);
    sigaddset(&handled, SIGHUP);
    sigaddset(&handled, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &handled, NULL);
    if (pthread_create(&other, NULL, await_signals, NULL))
        die("pthread_create");
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) && echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}
