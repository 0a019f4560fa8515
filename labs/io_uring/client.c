/* client.c: how each request is written into the ring. See client.h. */
#include "client.h"

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* The maximum number of buffers in one message. */
enum { PARTS = 64 };

static void label(struct io_uring_sqe *request, const struct client *client, unsigned kind)
{
    io_uring_sqe_set_data64(request, (uintptr_t)client | kind);
}

/* Multishot: one request yields a result for each new client, until a result without F_MORE. */
void start_accept(int listener)
{
    struct io_uring_sqe *request = next_request();
    if (multishot_accept)
        io_uring_prep_multishot_accept(request, listener, NULL, NULL, SOCK_CLOEXEC);
    else
        io_uring_prep_accept(request, listener, NULL, NULL, SOCK_CLOEXEC);
    label(request, NULL, ACCEPT);
}

/* At the descriptor limit an accept fails at once, whether a client waits or not. To request
 * accept again and again would spin. So request a poll, which completes when a client waits. */
void start_poll(int listener)
{
    struct io_uring_sqe *request = next_request();
    io_uring_prep_poll_add(request, listener, POLLIN);
    label(request, NULL, POLL);
}

/* Multishot as well. The request names no buffer, only the buffer ring from which the kernel
 * takes one. */
void start_receive(struct client *client)
{
    struct io_uring_sqe *request = next_request();
    if (multishot_receive)
        io_uring_prep_recv_multishot(request, client->fd, NULL, 0, 0);
    else
        io_uring_prep_recv(request, client->fd, NULL, BUFFER_SIZE, 0);
    request->flags |= IOSQE_BUFFER_SELECT;
    request->buf_group = 0;
    label(request, client, RECEIVE);
    client->receiving = true;
}

/* One send at a time for each client, because two sends that wait for the same socket could
 * overtake each other. One message contains all buffers of the client, up to PARTS of them. */
void start_send(struct client *client)
{
    /* The kernel reads the message header when it takes the request from the ring, and only then
     * is the entry free. So one header for each entry is enough. */
    static struct message {
        struct msghdr header;
        struct iovec parts[PARTS];
    } messages[REQUESTS];
    struct io_uring_sqe *request = next_request();
    struct message *message = &messages[request - ring.sq.sqes];
    size_t count = 0;
    for (struct buffer *buffer = client->first; buffer != NULL && count < PARTS; count++) {
        message->parts[count].iov_base = buffer->bytes + buffer->from;
        message->parts[count].iov_len = buffer->to - buffer->from;
        buffer = buffer->next;
    }
    message->header = (struct msghdr){.msg_iov = message->parts, .msg_iovlen = count};
    io_uring_prep_sendmsg(request, client->fd, &message->header, 0);
    label(request, client, SEND);
    client->sending = true;
}

/* More bytes have arrived than one buffer holds, and the first are not sent yet: receive no more
 * until they are. So this costs a client that reads as well, if its messages need two buffers. */
void cancel_receive(struct client *client)
{
    struct io_uring_sqe *request = next_request();
    io_uring_prep_cancel64(request, (uintptr_t)client | RECEIVE, 0);
    label(request, client, CANCEL);
    client->cancelling = true;
}

void drop_first(struct client *client)
{
    struct buffer *first = client->first;
    client->first = first->next;
    free(first);
}
