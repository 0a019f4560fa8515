/*
 * A decoy: io_uring receives one byte of each message, and recv copies the rest of it.
 *
 * Build: -O2 -luring
 * Needs: io_uring
 */
#include "lab.h"

#include <liburing.h>
#include <stdint.h>
#include <sys/socket.h>

enum { MOST = 4096 };
static struct io_uring ring;
static char first[MOST];

static void request(int fd, int listener)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    if (fd == listener)
        io_uring_prep_accept(entry, fd, NULL, NULL, 0);
    else
        io_uring_prep_recv(entry, fd, &first[fd], 1, 0);
    io_uring_sqe_set_data64(entry, (uint64_t)fd);
    io_uring_submit(&ring);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    if (io_uring_queue_init(256, &ring, 0))
        die("io_uring_queue_init");
    say_ready(listener, "io_uring");
    request(listener, listener);
    for (;;) {
        struct io_uring_cqe *done;
        char text[16384];
        if (io_uring_wait_cqe(&ring, &done))
            continue;
        int fd = (int)io_uring_cqe_get_data64(done), result = done->res;
        io_uring_cqe_seen(&ring, done);
        if (fd == listener) {
            if (result >= 0 && result < MOST)
                request(result, listener);
        } else if (result <= 0) {
            close_client(fd);
            continue;
        } else {
            text[0] = first[fd];
            ssize_t rest = recv(fd, text + 1, sizeof text - 1, MSG_DONTWAIT);
            send(fd, text, rest > 0 ? (size_t)rest + 1 : 1, MSG_NOSIGNAL);
        }
        request(fd, listener);
    }
}
