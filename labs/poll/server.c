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
#include <stdlib.h>
#include <sys/socket.h>

/* The kernel reads fd and events of each entry and writes revents. The array is dense: the last
 * client takes the place of a client that leaves, because every entry costs time in every call.
 * The listener is entry 0 and never moves. */
static struct pollfd *watched;
static nfds_t count, room;
static int listener;

/* Set the event to wait for: readable, or writable while the client is stuck. */
static void set_interest(nfds_t slot, short events)
{
    watched[slot].events = events;
}

static void add_client(int fd)
{
    if (count == room) {
        struct pollfd *grown = realloc(watched, 2 * room * sizeof *grown);
        if (grown == NULL) {
            refuse_client(fd, "ENOMEM", fd);
            return;
        }
        watched = grown;
        room *= 2;
    }
    watched[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static void remove_client(nfds_t slot)
{
    close_client(watched[slot].fd);
    watched[slot] = watched[--count];
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

static void serve_client(nfds_t slot)
{
    switch (echo_step(watched[slot].fd)) {
    case ECHOED:
    case WOULD_BLOCK:
        break;
    case STUCK:
        set_interest(slot, POLLOUT);
        break;
    case FLUSHED:
        set_interest(slot, POLLIN);
        break;
    case CLOSED:
        remove_client(slot);
        break;
    }
}

int main(void)
{
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    room = 64;
    watched = malloc(room * sizeof *watched);
    if (watched == NULL)
        die("malloc");
    watched[count++] = (struct pollfd){.fd = listener, .events = POLLIN};
    say_ready(listener, "poll");

    for (;;) {
        int ready = poll(watched, count, -1);
        if (ready == -1 && errno == EINTR)
            continue;
        if (ready == -1)
            die("poll");
        /* poll returns how many descriptors are ready, but not which ones: check every entry.
         * Go from the end, so that the entry that fills a gap has already been checked. */
        for (nfds_t slot = count; ready > 0 && slot-- > 0;) {
            if (watched[slot].revents == 0)
                continue;
            ready--;
            if (watched[slot].fd == listener)
                accept_clients();
            else
                serve_client(slot);
        }
    }
}
