/*
 * io_uring with a table of files of its own: accept puts each client there (direct descriptors), so
 * that no client has a descriptor of the process.
 *
 * Build: -O2 -luring
 * Needs: io_uring
 */
#include "lab.h"

#include <liburing.h>
#include <stdint.h>

enum { MOST = 1024, LISTENER = MOST };
static struct io_uring ring;
static char text[MOST][4096];

static void receive(int slot)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    io_uring_prep_recv(entry, slot, text[slot], sizeof text[slot], 0);
    entry->flags |= IOSQE_FIXED_FILE;
    io_uring_sqe_set_data64(entry, (uint64_t)slot);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    if (io_uring_queue_init(256, &ring, 0) || io_uring_register_files_sparse(&ring, MOST))
        die("io_uring_queue_init");
    say_ready(listener, "io_uring");
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
    io_uring_prep_multishot_accept_direct(entry, listener, NULL, NULL, 0);
    io_uring_sqe_set_data64(entry, LISTENER);
    for (;;) {
        struct io_uring_cqe *done;
        if (io_uring_submit_and_wait(&ring, 1) < 0 || io_uring_peek_cqe(&ring, &done))
            continue;
        uint64_t data = io_uring_cqe_get_data64(done);
        int slot = (int)(data & 0xFFFFFFFF), result = done->res;
        io_uring_cqe_seen(&ring, done);
        if (slot == LISTENER) {
            if (result >= 0)
                receive(result);
        } else if (data >> 32) { /* a send is done, or a close */
            if (data >> 32 == 1)
                receive(slot);
        } else if (result > 0) {
            entry = io_uring_get_sqe(&ring);
            io_uring_prep_send(entry, slot, text[slot], (size_t)result, MSG_NOSIGNAL | MSG_WAITALL);
            entry->flags |= IOSQE_FIXED_FILE;
            io_uring_sqe_set_data64(entry, (uint64_t)slot | 1ULL << 32);
        } else {
            entry = io_uring_get_sqe(&ring);
            io_uring_prep_close_direct(entry, (unsigned)slot);
            io_uring_sqe_set_data64(entry, (uint64_t)slot | 2ULL << 32);
        }
    }
}
