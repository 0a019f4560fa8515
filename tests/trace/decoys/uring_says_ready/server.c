/*
 * A decoy: io_uring reports only readiness (POLL_ADD), and recv copies.
 *
 * Build: -O2 -luring
 */
#include "lab.h"

#include <liburing.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>

static struct io_uring ring;

static void watch(int fd)
{
    struct io_uring_sqe *request = io_uring_get_sqe(&ring);
    io_uring_prep_poll_add(request, fd, POLLIN);
    io_uring_sqe_set_data64(request, (uint64_t)fd);
    io_uring_submit(&ring);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    if (io_uring_queue_init(256, &ring, 0))
        die("io_uring_queue_init");
    say_ready(listener, "io_uring");
    watch(listener);
    for (;;) {
        struct io_uring_cqe *done;
        if (io_uring_wait_cqe(&ring, &done))
            continue;
        int fd = (int)io_uring_cqe_get_data64(done), come;
        io_uring_cqe_seen(&ring, done);
        if (fd == listener) {
            while ((come = accept_client(listener, SOCK_NONBLOCK)) >= 0)
                watch(come);
        } else if (echo_step(fd) == CLOSED) {
            close_client(fd);
            continue;
        }
        watch(fd);
    }
}
