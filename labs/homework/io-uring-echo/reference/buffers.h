/* buffers.h: the buffers that the kernel receives into, one ring of them for all clients. */
#ifndef BUFFERS_H
#define BUFFERS_H

#include <linux/io_uring.h>

enum { BUFFERS = 256, BUFFER_SIZE = 16 * 1024, BUFFERS_OF_ALL = 0 };

/* The kernel receives into a buffer, and later sends from the same buffer. */
struct buffer {
    unsigned from, to;
    char bytes[BUFFER_SIZE];
};

/* Make the ring and fill it. Without rings of buffers (Linux 5.19), print MISSING and exit. */
void open_buffers(void);

/* The buffer that the kernel has filled. It is the caller's to free. NULL: nothing was received, or
 * there is no memory for a buffer in its place. */
struct buffer *take_buffer(const struct io_uring_cqe *result);

#endif
