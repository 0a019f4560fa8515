/*
 * A decoy: io_uring receives whole messages with MSG_PEEK, which leaves all bytes in the socket; recv
 * then takes them and send replies.
 *
 * Build: -O2 -luring
 * Needs: io_uring
 */
#include "lab.h"

#include <liburing.h>
#include <stdint.h>
#include <sys/socket.h>

enum { MOST = 1100 };
static struct io_uring ring;
static char peeked[MOST][4096];

static void request(int fd, int listener)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    if (fd == listener)
        io_uring_prep_accept(entry, fd, NULL, NULL, 0);
    else
        io_uring_prep_recv(entry, fd, peeked[fd], sizeof peeked[fd], MSG_PEEK);
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
        if (io_uring_wait_cqe(&ring, &done))
            continue;
        int fd = (int)io_uring_cqe_get_data64(done), result = done->res;
        io_uring_cqe_seen(&ring, done);
        if (fd == listener) {
            if (result >= 0 && result < MOST)
                request(result, listener);
        } else {
            char text[16384];
            ssize_t length = result > 0 ? recv(fd, text, sizeof text, MSG_DONTWAIT) : -1;
            if (length <= 0) {
                close_client(fd);
                continue;
            }
            send(fd, text, (size_t)length, MSG_NOSIGNAL);
        }
        request(fd, listener);
    }
}
