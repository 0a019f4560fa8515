/*
 * nonblocking: one thread asks every socket in turn, again and again.
 *
 * Wait:        nobody sleeps: the only thread asks accept and each recv, and is told EAGAIN
 * Copy:        the same thread, inside the recv that at last finds bytes, and inside send
 * Idle client: an entry of the array, and a system call that fails in every round
 * Ceiling:     one whole processor from the first moment; then the time of a round; then EMFILE
 *
 * Build: -O2
 */
#include "lab.h"

#include <stdlib.h>
#include <sys/socket.h>

/* The kernel knows nothing of this list, and so can tell nothing about it. The array is
 * dense: whoever leaves is replaced by the last, because every entry costs a call. */
static int *clients;
static size_t count, room;
static int listener;

static void add_client(int fd)
{
    if (count == room) {
        int *grown = realloc(clients, 2 * room * sizeof *grown);
        if (grown == NULL) {
            refuse_client(fd, "ENOMEM", fd);
            return;
        }
        clients = grown;
        room *= 2;
    }
    clients[count++] = fd;
}

static void remove_client(size_t slot)
{
    close_client(clients[slot]);
    clients[slot] = clients[--count];
}

/* If there are more than one batch, the rest are asked for in the next round. */
static void accept_clients(void)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd == NOBODY)
            break;
        if (fd == REFUSED)
            continue;
        add_client(fd);
    }
}

/* Stuck or not makes no difference here: the next round asks again, to send or to receive. */
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
    room = 64;
    clients = malloc(room * sizeof *clients);
    if (clients == NULL)
        die("malloc");
    say_ready(listener, "nonblocking");

    for (;;) {
        /* Nobody says who is ready: ask them all. Nearly always the answer is EAGAIN.
         * From the end, so that the entry that fills a gap has been asked already. */
        accept_clients();
        for (size_t slot = count; slot-- > 0;)
            serve_client(slot);
    }
}
