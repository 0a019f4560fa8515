/*
 * io_uring with one accept and one receive for each client that go on by themselves (multishot), into
 * buffers that the kernel chooses from a ring of them.
 *
 * Build: -O2 -luring
 * Needs: io_uring
 */
#include "lab.h"

#include <liburing.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BUFFERS = 512, SIZE = 4096, GROUP = 1 };
enum kind { ACCEPT, RECEIVE, SEND };
static struct io_uring ring;
static struct io_uring_buf_ring *buffers;
static char *bytes;

static uint64_t tagged(enum kind kind, int fd, unsigned buffer)
{
    return (uint64_t)kind << 56 | (uint64_t)buffer << 32 | (uint32_t)fd;
}

static struct io_uring_sqe *entry(void)
{
    struct io_uring_sqe *free_entry = io_uring_get_sqe(&ring);
    if (free_entry == NULL) {
        io_uring_submit(&ring);
        free_entry = io_uring_get_sqe(&ring);
    }
    return free_entry;
}

static void receive(int fd)
{
    struct io_uring_sqe *next = entry();
    io_uring_prep_recv_multishot(next, fd, NULL, 0, 0);
    next->flags |= IOSQE_BUFFER_SELECT;
    next->buf_group = GROUP;
    io_uring_sqe_set_data64(next, tagged(RECEIVE, fd, 0));
}

static void give_back(unsigned number)
{
    io_uring_buf_ring_add(buffers, bytes + (size_t)number * SIZE, SIZE, (unsigned short)number,
        io_uring_buf_ring_mask(BUFFERS), 0);
    io_uring_buf_ring_advance(buffers, 1);
}

static void completed(struct io_uring_cqe *done, int listener)
{
    uint64_t tag = io_uring_cqe_get_data64(done);
    enum kind kind = (enum kind)(tag >> 56);
    int fd = (int)(uint32_t)tag;
    if (kind == ACCEPT) {
        if (done->res >= 0)
            receive(done->res);
        if (!(done->flags & IORING_CQE_F_MORE)) {
            struct io_uring_sqe *next = entry();
            io_uring_prep_multishot_accept(next, listener, NULL, NULL, 0);
            io_uring_sqe_set_data64(next, tagged(ACCEPT, listener, 0));
        }
    } else if (kind == RECEIVE) {
        unsigned number = done->flags >> IORING_CQE_BUFFER_SHIFT;
        if (done->res > 0) {
            struct io_uring_sqe *next = entry();
            io_uring_prep_send(next, fd, bytes + (size_t)number * SIZE, (size_t)done->res,
                MSG_NOSIGNAL | MSG_WAITALL);
            io_uring_sqe_set_data64(next, tagged(SEND, fd, number));
            if (!(done->flags & IORING_CQE_F_MORE))
                receive(fd);
        } else if (done->res == -ENOBUFS) {
            receive(fd);
        } else {
            close_client(fd);
        }
    } else {
        give_back((unsigned)(tag >> 32 & 0xffffff));
    }
}

int main(void)
{
    struct io_uring_cqe *done;
    struct io_uring_buf_reg group = {.ring_entries = BUFFERS, .bgid = GROUP};
    void *room;
    obey_signals();
    int listener = open_listener(0);
    if (io_uring_queue_init(1024, &ring, 0) < 0)
        die("io_uring_queue_init");
    bytes = malloc((size_t)BUFFERS * SIZE);
    if (bytes == NULL || posix_memalign(&room, 4096, BUFFERS * sizeof(struct io_uring_buf)) != 0)
        die("malloc");
    buffers = room;
    group.ring_addr = (uint64_t)(uintptr_t)buffers;
    io_uring_buf_ring_init(buffers);
    if (io_uring_register_buf_ring(&ring, &group, 0) < 0)
        die("io_uring_register_buf_ring");
    for (unsigned number = 0; number < BUFFERS; number++)
        give_back(number);
    struct io_uring_sqe *first = entry();
    io_uring_prep_multishot_accept(first, listener, NULL, NULL, 0);
    io_uring_sqe_set_data64(first, tagged(ACCEPT, listener, 0));
    say_ready(listener, "io_uring");
    for (;;) {
        unsigned head, count = 0;
        io_uring_submit_and_wait(&ring, 1);
        io_uring_for_each_cqe(&ring, head, done) {
            completed(done, listener);
            count++;
        }
        io_uring_cq_advance(&ring, count);
    }
}
