/*
 * io_uring whose completions an eventfd announces, as manuals show for programs that have a loop
 * already: the thread sleeps in a read of it, and then takes all completions.
 *
 * Build: -O2 -luring
 * Needs: io_uring
 */
#include "lab.h"

#include <liburing.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 4096 };
static struct io_uring ring;
static char text[MOST][4096];

static void request(int fd, int listener)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    if (fd == listener)
        io_uring_prep_accept(entry, fd, NULL, NULL, 0);
    else
        io_uring_prep_recv(entry, fd, text[fd], sizeof text[fd], 0);
    io_uring_sqe_set_data64(entry, (uint64_t)fd);
    io_uring_submit(&ring);
}

static void reply(int fd, int length)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    io_uring_prep_send(entry, fd, text[fd], (size_t)length, MSG_NOSIGNAL | MSG_WAITALL);
    io_uring_sqe_set_data64(entry, (uint64_t)fd | 1ULL << 32);
    io_uring_submit(&ring);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0), bell = eventfd(0, 0);
    if (io_uring_queue_init(256, &ring, 0) || io_uring_register_eventfd(&ring, bell))
        die("io_uring_queue_init");
    say_ready(listener, "io_uring");
    request(listener, listener);
    for (;;) {
        struct io_uring_cqe *done;
        uint64_t number;
        (void)!read(bell, &number, sizeof number);
        while (io_uring_peek_cqe(&ring, &done) == 0) {
            uint64_t data = io_uring_cqe_get_data64(done);
            int fd = (int)(data & 0xFFFFFFFF), result = done->res;
            io_uring_cqe_seen(&ring, done);
            if (data >> 32) {
                request(fd, listener);
            } else if (fd == listener) {
                if (result >= 0 && result < MOST)
                    request(result, listener);
                request(listener, listener);
            } else if (result > 0) {
                reply(fd, result);
            } else {
                close_client(fd);
            }
        }
    }
}
