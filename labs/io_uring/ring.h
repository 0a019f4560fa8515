/* ring.h: the two rings and the buffers, as server.c uses them. ring.py is the twin. */
#ifndef RING_H
#define RING_H

#include <liburing.h>
#include <stdbool.h>

/* Since Linux 6.8 the kernel fills at most 32 buffers for one client before it serves the next
 * client. When the server cancels the receive, the kernel may have begun with 32 more. So one
 * client can hold at most 256 KiB. An older kernel has no such bound but all buffers: 1 MiB. */
enum { REQUESTS = 256, BUFFERS = 256, BUFFER_SIZE = 4096 };

/* The kernel receives into a buffer and later sends from the same buffer. Only then is it free. */
struct buffer {
    struct buffer *next;
    unsigned from, to;
    char bytes[BUFFER_SIZE];
};

extern struct io_uring ring;
extern bool multishot_accept, multishot_receive;

void open_ring(void);
struct io_uring_sqe *next_request(void);
bool next_result(struct io_uring_cqe *result);
struct buffer *take_buffer(const struct io_uring_cqe *result);

#endif
