/*
 * io_uring: write requests to one ring shared with the kernel, read results from another ring.
 *
 * Wait:        the only thread sleeps inside io_uring_enter, until an operation is complete
 * Copy:        kernel code on the same thread's CPU time, inside io_uring_enter and before the
 *              notification, into a buffer that the kernel picks when the bytes arrive
 * Idle client: 32 bytes (in Python an object), and a request in the kernel; no buffer, no CPU time
 * Ceiling:     descriptors (EMFILE); needs Linux 5.19 (in Python 6.1) and leave for its three calls
 *
 * Build: -O2 -luring
 * Needs: io_uring
 */
#include "lab.h"
#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

static int listener;

/* Called after each result: make the requests that this client needs now. */
static void make_requests(struct client *client)
{
    if (!client->sending && client->first != NULL)
        start_send(client);
    if (!client->receiving && !client->ended && client->first == NULL)
        start_receive(client);
    if (client->first != NULL && client->first != client->last && client->receiving &&
        !client->cancelling)
        cancel_receive(client);
    if (client->receiving || client->sending || client->cancelling)
        return;
    close_client(client->fd);
    free(client);
}

static void add_client(int fd)
{
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        refuse_client(fd, "ENOMEM", fd);
        return;
    }
    client->fd = fd;
    make_requests(client);
}

/* The connection is lost: shut it down, so that the requests in the kernel complete. */
static void abort_client(struct client *client)
{
    client->ended = true;
    (void)shutdown(client->fd, SHUT_RDWR); /* may fail if the connection is lost already */
    while (client->first != NULL && !client->sending)
        drop_first(client);
}

/* ENOBUFS: more messages arrived at once than there were buffers. By now the ring has new ones. */
static void handle_receive(struct client *client, const struct io_uring_cqe *result)
{
    client->receiving = result->flags & IORING_CQE_F_MORE;
    struct buffer *buffer = result->flags & IORING_CQE_F_BUFFER ? take_buffer(result) : NULL;
    if (buffer != NULL && client->first == NULL)
        client->first = client->last = buffer;
    else if (buffer != NULL)
        client->last = client->last->next = buffer;
    else if (result->res == 0)
        client->ended = true;
    else if (result->res != -ENOBUFS && result->res != -ECANCELED && result->res != -EINTR)
        abort_client(client);
    make_requests(client);
}

/* A send may be partial: the next send takes the remaining bytes. */
static void handle_send(struct client *client, int length)
{
    client->sending = false;
    if (length < 0 && length != -EINTR)
        abort_client(client);
    while (length > 0) {
        struct buffer *first = client->first;
        unsigned part = first->to - first->from;
        if (part > (unsigned)length)
            part = (unsigned)length;
        first->from += part;
        length -= (int)part;
        if (first->from == first->to)
            drop_first(client);
    }
    make_requests(client);
}

static void handle_accept(const struct io_uring_cqe *result)
{
    if (result->res >= 0)
        add_client(result->res);
    if (result->flags & IORING_CQE_F_MORE)
        return;
    if (result->res >= 0 || result->res == -ECONNABORTED || result->res == -EINTR)
        start_accept(listener);
    else
        start_poll(listener);
}

/* A client waits after accept has failed. Call accept_client, which refuses the client and
 * reports the limit, or accepts the client if a descriptor is free by now. */
static void handle_poll(void)
{
    bool room = false;
    if (fcntl(listener, F_SETFL, O_NONBLOCK) == -1)
        die("fcntl");
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept_client(listener, 0);
        if (fd == NO_CLIENT)
            break;
        room = fd != REFUSED;
        if (room)
            add_client(fd);
    }
    if (fcntl(listener, F_SETFL, 0) == -1)
        die("fcntl");
    if (room)
        start_accept(listener);
    else
        start_poll(listener);
}

int main(void)
{
    obey_signals();
    listener = open_listener(0); /* blocking: the kernel waits only on a blocking socket */
    open_ring();
    start_accept(listener);
    say_ready(listener, "io_uring");

    for (;;) {
        /* One call submits all requests of the last round and sleeps until there is a result. */
        int error = io_uring_submit_and_wait(&ring, 1);
        if (error < 0 && error != -EINTR && error != -EAGAIN && error != -EBUSY) {
            errno = -error;
            die("io_uring_submit_and_wait");
        }
        struct io_uring_cqe result;
        while (next_result(&result)) {
            uintptr_t address = result.user_data & ~(uintptr_t)REQUEST;
            struct client *client = (struct client *)address;
            switch (result.user_data & REQUEST) {
            case ACCEPT:
                handle_accept(&result);
                break;
            case POLL:
                handle_poll();
                break;
            case RECEIVE:
                handle_receive(client, &result);
                break;
            case SEND:
                handle_send(client, result.res);
                break;
            case CANCEL:
                client->cancelling = false;
                make_requests(client);
                break;
            }
        }
    }
}
