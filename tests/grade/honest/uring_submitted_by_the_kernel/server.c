/*
 * io_uring whose submissions a thread of the kernel takes (IORING_SETUP_SQPOLL), with a time-out
 * that is always pending.
 *
 * Build: -O2 -luring
 * Needs: io_uring
 */
#include "lab.h"

#include <liburing.h>
#include <stdint.h>
#include <sys/socket.h>

enum { MOST = 4096, TIMER = MOST };
static struct io_uring ring;
static char text[MOST][4096];
static struct __kernel_timespec second = {.tv_nsec = 200000000};

static void request(int fd, int listener)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    if (fd == TIMER)
        io_uring_prep_timeout(entry, &second, 0, 0);
    else if (fd == listener)
        io_uring_prep_accept(entry, fd, NULL, NULL, 0);
    else
        io_uring_prep_recv(entry, fd, text[fd], sizeof text[fd], 0);
    io_uring_sqe_set_data64(entry, (uint64_t)fd);
    io_uring_submit(&ring);
}

int main(void)
{
    struct io_uring_params params = {.flags = IORING_SETUP_SQPOLL, .sq_thread_idle = 5};
    obey_signals();
    int listener = open_listener(0);
    if (io_uring_queue_init_params(256, &ring, &params))
        die("io_uring_queue_init_params");
    say_ready(listener, "io_uring");
    request(listener, listener);
    request(TIMER, listener);
    for (;;) {
        struct io_uring_cqe *done;
        if (io_uring_wait_cqe(&ring, &done))
            continue;
        uint64_t data = io_uring_cqe_get_data64(done);
        int fd = (int)(data & 0xFFFFFFFF), result = done->res;
        io_uring_cqe_seen(&ring, done);
        if (data >> 32) { /* a send is done: receive again */
            request(fd, listener);
        } else if (fd == TIMER) {
            request(TIMER, listener);
        } else if (fd == listener) {
            if (result >= 0 && result < MOST)
                request(result, listener);
            request(listener, listener);
        } else if (result <= 0) {
            close_client(fd);
        } else {
            struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
            io_uring_prep_send(entry, fd, text[fd], (size_t)result, MSG_WAITALL);
            io_uring_sqe_set_data64(entry, (uint64_t)fd | 1ULL << 32);
            io_uring_submit(&ring);
        }
    }
}
