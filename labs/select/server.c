/*
 * select: one thread waits for all clients at once, with one bit for each descriptor.
 *
 * Wait:        the only thread sleeps inside select, for all clients
 * Copy:        the same thread, inside recv and send, after select has reported the ready clients
 * Idle client: one bit in each set; every call copies it to and from the kernel and checks it
 * Ceiling:     FD_SETSIZE: no descriptor numbered 1024 or above, however few are open
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <stdio.h>
#include <sys/select.h>
#include <sys/socket.h>

/* An fd_set is an array of FD_SETSIZE (1024) bits, a constant of the header of glibc: the kernel
 * has no such limit. FD_SET does not check its argument: with descriptor 1024 it writes past the
 * end of the array (with _FORTIFY_SOURCE, which some compilers set, it aborts instead). These two
 * sets hold the descriptors to watch. select gets copies, because it overwrites its
 * arguments with the result. */
static fd_set readers, writers;
static int highest; /* the highest descriptor in the sets: the search ends there */
static int listener;

/* Set the event to wait for: readable, or writable while the client is stuck. */
static void set_interest(int fd, fd_set *from, fd_set *to)
{
    FD_CLR(fd, from);
    FD_SET(fd, to);
}

static void add_client(int fd)
{
    if (fd >= FD_SETSIZE) {
        refuse_client(fd, "FD_SETSIZE", fd);
        return;
    }
    FD_SET(fd, &readers);
    if (fd > highest)
        highest = fd;
}

static void remove_client(int fd)
{
    FD_CLR(fd, &readers);
    FD_CLR(fd, &writers);
    while (!FD_ISSET(highest, &readers) && !FD_ISSET(highest, &writers))
        highest--;
    close_client(fd);
}

/* Clients beyond one batch wait for the next round: the listener stays readable. */
static void accept_clients(void)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd == NO_CLIENT)
            break;
        if (fd == REFUSED)
            continue;
        add_client(fd);
    }
}

static void serve_client(int fd)
{
    switch (echo_step(fd)) {
    case ECHOED:
    case WOULD_BLOCK:
        break;
    case STUCK:
        set_interest(fd, &readers, &writers);
        break;
    case FLUSHED:
        set_interest(fd, &writers, &readers);
        break;
    case CLOSED:
        remove_client(fd);
        break;
    }
}

int main(void)
{
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    add_client(listener);
    say_ready(listener, "select");

    for (;;) {
        fd_set readable = readers, writable = writers;
        int ready = select(highest + 1, &readable, &writable, NULL, NULL);
        if (ready == -1 && errno == EINTR)
            continue;
        if (ready == -1)
            die("select");
        /* select returns how many descriptors are ready, but not which ones: check every bit. */
        for (int fd = 0; fd <= highest && ready > 0; fd++) {
            if (!FD_ISSET(fd, &readable) && !FD_ISSET(fd, &writable))
                continue;
            ready--;
            if (fd == listener)
                accept_clients();
            else
                serve_client(fd);
        }
    }
}
