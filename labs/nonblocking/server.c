/*
 * nonblocking: one thread tries every socket in turn, again and again.
 *
 * Wait:        never asleep: the only thread tries accept and each recv in turn, and gets EAGAIN
 * Copy:        the same thread, inside each recv that finds bytes, and inside send
 * Idle client: an entry of the array, and a system call that fails in every round
 * Ceiling:     one whole CPU from the start; then the time of one round; then descriptors (EMFILE)
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/socket.h>

/* The kernel does not know this list and cannot report which client is ready. The array is
 * dense: the last client takes the place of a client that leaves, because every entry costs a
 * call. */
static int *clients;
static size_t count, room;
static int listener;

static void add_client(int fd)
{
    if (!grow(&clients, &room, count, sizeof *clients)) {
        refuse_client(fd, "ENOMEM", fd);
        return;
    }
    clients[count++] = fd;
}

static void remove_client(size_t slot)
{
    close_client(clients[slot]);
    clients[slot] = clients[--count];
}

/* Clients beyond one batch wait for the next round. */
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

/* A stuck client needs no special case: the next round tries again to send or to receive. */
static void serve_client(size_t slot)
{
    switch (echo_step(clients[slot])) {
    case ECHOED:
    case WOULD_BLOCK:
    case STUCK:
    case FLUSHED:
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
    say_ready(listener, "nonblocking");

    for (;;) {
        /* No call reports which client is ready, so try all of them. Nearly all calls return
         * EAGAIN. Go from the end, so that the entry that fills a gap has already been tried. */
        accept_clients();
        for (size_t slot = count; slot-- > 0;)
            serve_client(slot);
    }
}
