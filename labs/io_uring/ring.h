/* ring.h: what server.c needs of io_uring before the first client comes. ring.py is the twin. */
#ifndef RING_H
#define RING_H

#include <liburing.h>
#include <stdbool.h>

/* The kernel fills at most 32 buffers of one client before it turns to the next, and when we
 * ask it to stop it may have begun with 32 more: so a client can hold no more than 256 KiB. */
enum { REQUESTS = 256, BUFFERS = 256, BUFFER_SIZE = 4096 };

/* The kernel fills a buffer, later it sends from the same one, and only then it is free. */
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
