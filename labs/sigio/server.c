/*
 * sigio: the kernel queues a signal for every change; it carries the descriptor.
 *
 * Wait:        the only thread sleeps inside sigwaitinfo, until a signal is queued
 * Copy:        the same thread, inside recv and send, after the signal
 * Idle client: no CPU time; 8 bytes of an array that poll reads only after signals were lost
 * Ceiling:     descriptors (EMFILE); beyond RLIMIT_SIGPENDING signals are lost: poll all clients
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel reports a change by NOTIFY, a real-time signal. Real-time signals queue, one for
 * each change, and carry the descriptor. When the queue is full the kernel sends one plain
 * SIGIO, which carries no descriptor and means that notifications were lost. Both signals stay
 * blocked, so they interrupt no code: they wait in the queue until sigwaitinfo takes them. */
#define NOTIFY SIGRTMIN

/* A notification reports a change, not a state (edge-triggered), so continue until the call
 * would block. After this many steps the other clients have their turn. */
enum { STEPS = 16 };

/* Index: descriptor; fd is -1 where there is no client. poll reads the array after
 * notifications were lost. */
static struct pollfd *watched;
static size_t count, room;
static int listener;

/* Three calls for each client, because an accepted socket inherits none of these settings from
 * the listener. */
static int enable_notifications(int fd)
{
    if (!grow(&watched, &room, (size_t)fd, sizeof *watched))
        return -1;
    while (count <= (size_t)fd)
        watched[count++].fd = -1;
    if (fcntl(fd, F_SETOWN, getpid()) == -1)
        return -1;
    if (fcntl(fd, F_SETSIG, NOTIFY) == -1)
        return -1;
    if (fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) == -1)
        return -1;
    watched[fd] = (struct pollfd){.fd = fd, .events = POLLIN};
    return 0;
}

/* Queue a notification for a descriptor from the server itself. If the queue is full, raise
 * SIGIO. */
static void queue_notification(int fd)
{
    if (sigqueue(getpid(), NOTIFY, (union sigval){.sival_int = fd}) == 0)
        return;
    if (raise(SIGIO) != 0)
        die("raise");
}

static void remove_client(int fd)
{
    watched[fd].fd = -1;
    close_client(fd);
}

/* A notification may be old: its client has left, and a new client may have the same
 * descriptor. Then the step finds nothing to do. Any process of this user can queue a signal with
 * any number in it, which need not be a client's. */
static void serve_client(int fd)
{
    if (fd < 0 || (size_t)fd >= count || watched[fd].fd == -1)
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
    queue_notification(fd);
}

/* Bytes that arrived before notifications were enabled cause no signal: check the client once
 * without a signal. */
static void add_client(int fd)
{
    if (enable_notifications(fd) == -1)
        refuse_client(fd, "ENOMEM", fd);
    else
        serve_client(fd);
}

/* Clients beyond one batch cause no new signal: queue one for them. */
static void accept_clients(void)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd == NO_CLIENT)
            return;
        if (fd == REFUSED)
            continue;
        add_client(fd);
    }
    queue_notification(listener);
}

/* Notifications were lost, and the kernel does not report which ones. Empty the queue: its
 * signals are older than the result of poll. Ignoring a signal discards all queued instances of
 * it. Then check all clients with one poll. */
static void poll_clients(void)
{
    if (signal(NOTIFY, SIG_IGN) == SIG_ERR || signal(NOTIFY, SIG_DFL) == SIG_ERR)
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
    if (sigemptyset(&signals) == -1 || sigaddset(&signals, NOTIFY) == -1)
        die("sigaddset");
    if (sigaddset(&signals, SIGIO) == -1)
        die("sigaddset");
    if (sigprocmask(SIG_BLOCK, &signals, NULL) == -1)
        die("sigprocmask");
    listener = open_listener(SOCK_NONBLOCK);
    if (enable_notifications(listener) == -1)
        die("fcntl");
    say_ready(listener, "sigio");
    queue_notification(listener); /* for a client that came before */

    for (;;) {
        siginfo_t info;
        int number = sigwaitinfo(&signals, &info);
        if (number == -1 && errno == EINTR)
            continue;
        if (number == -1)
            die("sigwaitinfo");
        /* The kernel puts the descriptor in si_fd; the server's own sigqueue puts it in
         * si_value. */
        int fd = info.si_code == SI_QUEUE ? info.si_value.sival_int : info.si_fd;
        if (number == SIGIO)
            poll_clients();
        else if (fd == listener)
            accept_clients();
        else
            serve_client(fd);
    }
}
