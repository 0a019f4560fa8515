/*
 * poll: one thread waits for all clients at once, with one array entry for each client.
 *
 * Wait:        the only thread sleeps inside poll, for all clients
 * Copy:        the same thread, inside recv and send, after poll has reported the ready clients
 * Idle client: 8 bytes of the array; every call copies 8 in and 2 out, and checks the descriptor
 * Ceiling:     descriptors (EMFILE); long before that, the time to search the array
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

/* The kernel reads fd and events of each entry and writes revents. The array is dense: the last
 * client takes the place of a client that leaves, because every entry costs time in every call. */
static struct pollfd *watched;
static size_t count, room, current; /* current: the index of the entry being served */
static int listener;

/* Set the event to wait for: readable, or writable while the client is stuck. */
static void set_interest(int fd, int events)
{
    watched[current] = (struct pollfd){.fd = fd, .events = (short)events};
}

static void add_client(int fd)
{
    if (!grow(&watched, &room, count, sizeof *watched)) {
        refuse_client(fd, "ENOMEM", fd);
        return;
    }
    watched[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void remove_client(int fd)
{
    watched[current] = watched[--count];
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
        set_interest(fd, POLLOUT);
        break;
    case FLUSHED:
        set_interest(fd, POLLIN);
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
    say_ready(listener, "poll");

    for (;;) {
        int ready = poll(watched, count, -1);
        if (ready == -1 && errno == EINTR)
            continue;
        if (ready == -1)
            die("poll");
        /* poll returns how many descriptors are ready, but not which ones: check every entry.
         * Go from the end, so that the entry that fills a gap has already been checked. */
        for (current = count; ready > 0 && current-- > 0;) {
            int fd = watched[current].fd;
            if (watched[current].revents == 0)
                continue;
            ready--;
            if (fd == listener)
                accept_clients();
            else
                serve_client(fd);
        }
    }
}
