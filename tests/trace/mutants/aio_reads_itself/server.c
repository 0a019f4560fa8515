/*
 * A mutant: it claims to be POSIX AIO and waits for a signal as POSIX AIO does. But the signal
 * only reports that a read can start, and the server makes the read itself.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static void ask_for_news(int fd)
{
    if (fcntl(fd, F_SETOWN, getpid()) == -1 || fcntl(fd, F_SETSIG, SIGRTMIN) == -1 ||
        fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) == -1)
        die("fcntl");
}

int main(void)
{
    obey_signals();
    sigset_t signals;
    if (sigemptyset(&signals) == -1 || sigaddset(&signals, SIGRTMIN) == -1 ||
        sigprocmask(SIG_BLOCK, &signals, NULL) == -1)
        die("sigprocmask");
    int listener = open_listener(SOCK_NONBLOCK);
    ask_for_news(listener);
    say_ready(listener, "posix_aio");

    for (;;) {
        siginfo_t news;
        if (sigwaitinfo(&signals, &news) == -1)
            continue;
        int fd = news.si_fd;
        if (fcntl(fd, F_GETFD) == -1)
            continue; /* an old notification, of a client that has left */
        if (fd != listener) {
            if (echo_step(fd) == CLOSED)
                close_client(fd);
            continue;
        }
        while ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            ask_for_news(fd);
            if (echo_step(fd) == CLOSED)
                close_client(fd);
        }
    }
}
