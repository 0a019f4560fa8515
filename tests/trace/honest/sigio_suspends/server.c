/*
 * Plain SIGIO as in Stevens: sigsuspend and a handler; then the server tries all clients.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static int clients[MOST], count, listener;
static volatile sig_atomic_t news;

static void own(int fd)
{
    fcntl(fd, F_SETOWN, getpid());
    fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK);
}

static void ask_all(void)
{
    for (int i = count - 1; i >= 0; i--)
        if (echo_step(clients[i]) == CLOSED) {
            close_client(clients[i]);
            clients[i] = clients[--count];
        }
    for (int fd; (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;)
        clients[count++] = fd, own(fd), news = SIGIO; /* its first bytes may have arrived already */
}

static void hear(int signal)
{
    news = signal;
}

int main(void)
{
    sigset_t blocked, before;
    obey_signals();
    signal(SIGIO, hear);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGIO);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    listener = open_listener(SOCK_NONBLOCK);
    own(listener);
    say_ready(listener, "sigio");
    for (;;) {
        while (!news)
            sigsuspend(&before);
        news = 0;
        ask_all();
    }
}
