/*
 * A decoy: a ring is waited for, but all it holds is a time-out of a millisecond. When that is complete,
 * recv asks every client.
 *
 * Build: -O2 -luring
 * Needs: io_uring
 */
#include "lab.h"

#include <liburing.h>
#include <sys/socket.h>

enum { MOST = 1024 };

int main(void)
{
    static int clients[MOST];
    struct __kernel_timespec tick = {.tv_nsec = 1000000};
    struct io_uring ring;
    struct io_uring_cqe *done;
    int count = 0, fd;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    if (io_uring_queue_init(8, &ring, 0) < 0)
        die("io_uring_queue_init");
    say_ready(listener, "io_uring");
    for (;;) {
        io_uring_prep_timeout(io_uring_get_sqe(&ring), &tick, 0, 0);
        io_uring_submit(&ring);
        if (io_uring_wait_cqe(&ring, &done) == 0)
            io_uring_cqe_seen(&ring, done);
        while (count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
            clients[count++] = fd;
        for (int i = count; i-- > 0;)
            if (echo_step(clients[i]) == CLOSED) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
    }
}
