/*
 * A decoy: a thread polls and reads all clients. Then it queues a signal with SI_QUEUE to the
 * main thread, which replies as if an operation were complete.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static struct pollfd watched[MOST];
static nfds_t count = 1;
static char texts[MOST][4096];
static ssize_t lengths[MOST];

static void *read_all(void *unused)
{
    (void)unused;
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;) {
            if (!watched[slot].revents)
                continue;
            int fd = watched[slot].fd;
            lengths[fd] = recv(fd, texts[fd], sizeof texts[fd], 0);
            if (lengths[fd] <= 0) {
                close_client(fd);
                watched[slot] = watched[--count];
            } else {
                sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = fd});
            }
        }
        int fd = watched[0].revents ? accept_client(watched[0].fd, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
    return NULL;
}

int main(void)
{
    pthread_t helper;
    sigset_t set;
    obey_signals();
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, NULL);
    watched[0] = (struct pollfd){open_listener(SOCK_NONBLOCK), POLLIN, 0};
    pthread_create(&helper, NULL, read_all, NULL);
    say_ready(watched[0].fd, "posix_aio");
    for (;;) {
        siginfo_t done;
        if (sigwaitinfo(&set, &done) > 0)
            send(done.si_value.sival_int, texts[done.si_value.sival_int],
                 (size_t)lengths[done.si_value.sival_int], 0);
    }
}
