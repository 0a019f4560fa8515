/*
 * io_uring with the features of its first year only: accept, recv and send, one completion
 * each.
 *
 * Build: -O2 -luring
 */
#include "lab.h"

#include <liburing.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { ACCEPT, RECV, SEND };
struct client {
    int fd, state;
    char text[4096];
};
static struct io_uring ring;

static void recv_on(struct client *client)
{
    struct io_uring_sqe *request = io_uring_get_sqe(&ring);
    client->state = RECV;
    io_uring_prep_recv(request, client->fd, client->text, sizeof client->text, 0);
    io_uring_sqe_set_data(request, client);
}

static void accept_on(struct client *listener)
{
    struct io_uring_sqe *request = io_uring_get_sqe(&ring);
    io_uring_prep_accept(request, listener->fd, NULL, NULL, 0);
    io_uring_sqe_set_data(request, listener);
}

static void complete(struct client *client, int result)
{
    if (client->state == ACCEPT) {
        struct client *come = result < 0 ? NULL : calloc(1, sizeof *come);
        if (come != NULL) {
            come->fd = result;
            recv_on(come);
        }
        accept_on(client);
    } else if (result <= 0) {
        close_client(client->fd);
        free(client);
    } else if (client->state == SEND) {
        recv_on(client);
    } else {
        struct io_uring_sqe *request = io_uring_get_sqe(&ring);
        client->state = SEND;
        io_uring_prep_send(request, client->fd, client->text, (size_t)result, 0);
        io_uring_sqe_set_data(request, client);
    }
}

int main(void)
{
    struct client listener = {.state = ACCEPT};
    obey_signals();
    listener.fd = open_listener(0);
    if (io_uring_queue_init(1024, &ring, 0))
        die("io_uring_queue_init");
    accept_on(&listener);
    say_ready(listener.fd, "io_uring");
    for (;;) {
        struct io_uring_cqe *done;
        io_uring_submit_and_wait(&ring, 1);
        while (io_uring_peek_cqe(&ring, &done) == 0) {
            struct client *client = io_uring_cqe_get_data(done);
            int result = done->res;
            io_uring_cqe_seen(&ring, done);
            complete(client, result);
        }
    }
}
