/*
 * sigio: a queued signal for every change, and in it the descriptor that changed.
 *
 * Wait:        the only thread sleeps inside sigwaitinfo, until a signal is queued
 * Copy:        the same thread, inside recv and send, after the signal
 * Idle client: no time; 8 bytes of an array that is read only when signals were lost
 * Ceiling:     descriptors (EMFILE); past RLIMIT_SIGPENDING signals are lost, and all are polled
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* A change comes as NEWS, a real-time signal: these queue up, one for each change, and
 * carry the descriptor. When the queue is full the kernel sends one plain SIGIO, which
 * carries nothing and means: some news is lost. Both stay blocked, so they interrupt no
 * code; they wait in the queue until sigwaitinfo takes them out. */
#define NEWS SIGRTMIN

/* News is of a change, not of a state (edge-triggered): go on until nothing is left to
 * do. After so many steps without an end the others have their turn. */
enum { STEPS = 16 };

/* By descriptor; fd is -1 where there is no client. poll reads it when news was lost. */
static struct pollfd *watched;
static nfds_t count, room;
static int listener;

/* Three calls for each client, because accept hands on none of this from the listener. */
static int ask_for_news(int fd)
{
    while ((nfds_t)fd >= room) {
        struct pollfd *grown = realloc(watched, (2 * room + 64) * sizeof *grown);
        if (grown == NULL)
            return -1;
        watched = grown;
        room = 2 * room + 64;
    }
    while (count <= (nfds_t)fd)
        watched[count++].fd = -1;
    if (fcntl(fd, F_SETOWN, getpid()) == -1)
        return -1;
    if (fcntl(fd, F_SETSIG, NEWS) == -1)
        return -1;
    if (fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) == -1)
        return -1;
    watched[fd] = (struct pollfd){.fd = fd, .events = POLLIN};
    return 0;
}

/* Put a descriptor at the end of the queue ourselves; if there is no room, SIGIO it is. */
static void come_back_to(int fd)
{
    if (sigqueue(getpid(), NEWS, (union sigval){.sival_int = fd}) == 0)
        return;
    if (raise(SIGIO) != 0)
        die("raise");
}

static void remove_client(int fd)
{
    watched[fd].fd = -1;
    close_client(fd);
}

/* News may be old, its client gone and the number given to another: a look in vain. */
static void serve_client(int fd)
{
    if (watched[fd].fd == -1)
        return;
    for (int i = 0; i < STEPS; i++) {
        switch (echo_step(fd)) {
        case ECHOED:
            break;
        case WOULD_BLOCK:
            return;
        case STUCK:
            watched[fd].events = POLLOUT;
            break;
        case FLUSHED:
            watched[fd].events = POLLIN;
            break;
        case CLOSED:
            remove_client(fd);
            return;
        }
    }
    come_back_to(fd);
}

/* What arrived before we asked for news is no news: look once without a signal. */
static void add_client(int fd)
{
    if (ask_for_news(fd) == -1)
        refuse_client(fd, "ENOMEM", fd);
    else
        serve_client(fd);
}

/* If there are more than one batch, no new signal tells of them: come back. */
static void accept_clients(void)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd == NOBODY)
            return;
        if (fd == REFUSED)
            continue;
        add_client(fd);
    }
    come_back_to(listener);
}

/* News was lost, and nobody knows whose. Empty the queue (to ignore a signal discards all
 * of them): it is older than what poll will say. Then poll everybody, once. */
static void catch_up(void)
{
    if (signal(NEWS, SIG_IGN) == SIG_ERR || signal(NEWS, SIG_DFL) == SIG_ERR)
        die("signal");
    while (poll(watched, count, 0) == -1)
        if (errno != EINTR)
            die("poll");
    for (nfds_t fd = 0; fd < count; fd++) {
        if (watched[fd].fd == -1 || watched[fd].revents == 0)
            continue;
        if ((int)fd == listener)
            accept_clients();
        else
            serve_client((int)fd);
    }
}

int main(void)
{
    obey_signals();
    sigset_t signals;
    if (sigemptyset(&signals) == -1 || sigaddset(&signals, NEWS) == -1)
        die("sigaddset");
    if (sigaddset(&signals, SIGIO) == -1)
        die("sigaddset");
    if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1)
        die("sigprocmask");
    listener = open_listener(SOCK_NONBLOCK);
    if (ask_for_news(listener) == -1)
        die("fcntl");
    say_ready(listener, "sigio");
    come_back_to(listener); /* somebody may have come before we asked for news */

    for (;;) {
        siginfo_t news;
        int number = sigwaitinfo(&signals, &news);
        if (number == -1 && errno == EINTR)
            continue;
        if (number == -1)
            die("sigwaitinfo");
        /* The kernel puts the descriptor in si_fd, and sigqueue, for us, in si_value. */
        int fd = news.si_code == SI_QUEUE ? news.si_value.sival_int : news.si_fd;
        if (number == SIGIO)
            catch_up();
        else if (fd == listener)
            accept_clients();
        else
            serve_client(fd);
    }
}
