/*
 * A decoy: SIGIO announces new clients alone; each of them gets a thread that blocks in recv.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *client)
{
    echo_until_closed((int)(intptr_t)client);
    close_client((int)(intptr_t)client);
    return NULL;
}

int main(void)
{
    sigset_t set;
    obey_signals();
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int listener = open_listener(SOCK_NONBLOCK);
    fcntl(listener, F_SETOWN, getpid());
    fcntl(listener, F_SETSIG, SIGRTMIN);
    fcntl(listener, F_SETFL, O_NONBLOCK | O_ASYNC);
    say_ready(listener, "sigio");
    for (;;) {
        siginfo_t info;
        int fd;
        while ((fd = accept_client(listener, 0)) != NO_CLIENT) {
            pthread_t thread;
            if (fd >= 0 && pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
                pthread_detach(thread);
        }
        sigwaitinfo(&set, &info);
    }
}
