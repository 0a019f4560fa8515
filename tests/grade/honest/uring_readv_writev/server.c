/*
 * io_uring with readv and writev, one request after the other for each client, submitted and awaited
 * by two calls.
 *
 * Build: -O2 -luring
 * Needs: io_uring
 */
#include "lab.h"

#include <liburing.h>
#include <stdint.h>
#include <sys/uio.h>

enum { MOST = 4096 };
static struct io_uring ring;
static char text[MOST][4096];
static struct iovec part[MOST];

static void request(int fd, bool reply, size_t length)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    part[fd] = (struct iovec){text[fd], length};
    if (reply)
        io_uring_prep_writev(entry, fd, &part[fd], 1, 0);
    else
        io_uring_prep_readv(entry, fd, &part[fd], 1, 0);
    io_uring_sqe_set_data64(entry, (uint64_t)fd << 1 | reply);
}

static void come(int listener)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    io_uring_prep_accept(entry, listener, NULL, NULL, 0);
    io_uring_sqe_set_data64(entry, (uint64_t)listener << 1);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    if (io_uring_queue_init(256, &ring, 0))
        die("io_uring_queue_init");
    say_ready(listener, "io_uring");
    come(listener);
    for (;;) {
        struct io_uring_cqe *done;
        io_uring_submit(&ring);
        if (io_uring_wait_cqe(&ring, &done))
            continue;
        uint64_t data = io_uring_cqe_get_data64(done);
        int fd = (int)(data >> 1), result = done->res;
        io_uring_cqe_seen(&ring, done);
        if (fd == listener) {
            if (result >= 0 && result < MOST)
                request(result, false, sizeof text[0]);
            come(listener);
        } else if (result <= 0) {
            close_client(fd);
        } else if (data & 1) {
            request(fd, false, sizeof text[0]);
        } else {
            request(fd, true, (size_t)result);
        }
    }
}
