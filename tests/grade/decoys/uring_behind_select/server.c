/*
 * A decoy: io_uring reports which client is ready (POLL_ADD); then select confirms it, without
 * time to wait.
 *
 * Build: -O2 -luring
 */
#include "lab.h"

#include <liburing.h>
#include <poll.h>
#include <stdint.h>
#include <sys/select.h>
#include <sys/socket.h>

static struct io_uring ring;

static void await(int fd)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    io_uring_prep_poll_add(entry, fd, POLLIN);
    io_uring_sqe_set_data64(entry, (uint64_t)fd);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    if (io_uring_queue_init(1024, &ring, 0))
        die("io_uring_queue_init");
    await(listener);
    say_ready(listener, "select");
    for (;;) {
        struct io_uring_cqe *done;
        fd_set ready;
        if (io_uring_submit_and_wait(&ring, 1) < 0 || io_uring_peek_cqe(&ring, &done))
            continue;
        int fd = (int)io_uring_cqe_get_data64(done);
        io_uring_cqe_seen(&ring, done);
        FD_ZERO(&ready);
        FD_SET(fd, &ready);
        select(fd + 1, &ready, NULL, NULL, &(struct timeval){0, 0});
        if (fd == listener) {
            int client = accept_client(listener, SOCK_NONBLOCK);
            if (client >= 0)
                await(client);
        } else if (echo_step(fd) == CLOSED) {
            close_client(fd);
            continue;
        }
        await(fd);
    }
}
