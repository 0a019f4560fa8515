/* client.c: each request as it is written into the ring. See client.h. */
#include "client.h"

#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* How many buffers one message gathers. */
enum { PARTS = 64 };

static void label(struct io_uring_sqe *request, const struct client *client, unsigned kind)
{
    io_uring_sqe_set_data64(request, (uintptr_t)client | kind);
}

/* Multishot: one request, a result for each client who comes, until a result says otherwise. */
void start_accept(int listener)
{
    struct io_uring_sqe *request = next_request();
    if (multishot_accept)
        io_uring_prep_multishot_accept(request, listener, NULL, NULL, SOCK_CLOEXEC);
    else
        io_uring_prep_accept(request, listener, NULL, NULL, SOCK_CLOEXEC);
    label(request, NULL, ACCEPT);
}

/* Without a descriptor to give, an accept fails at once, whether or not anybody comes, and to
 * ask for one again and again would be to spin: ask to be told when somebody knocks. */
void await_knock(int listener)
{
    struct io_uring_sqe *request = next_request();
    io_uring_prep_poll_add(request, listener, POLLIN);
    label(request, NULL, KNOCK);
}

/* Multishot, too. It names no buffer, only the ring from which the kernel shall take one. */
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

/* One at a time, for two that wait for the same socket could overtake each other: all that
 * we have for the client in one message. */
void start_send(struct client *client)
{
    /* The kernel has read the description of a message when it has taken the request out of
     * the ring: so one is enough for each place in it. */
    static struct message {
        struct msghdr header;
        struct iovec parts[PARTS];
    } messages[REQUESTS];
    struct io_uring_sqe *request = next_request();
    struct message *message = &messages[io_uring_sq_ready(&ring) - 1];
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

/* The client sends more than it reads: no more of it until what we have is gone. */
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
