/* ring.h: io_uring by its system calls: reads of a file, one at a time. */
#ifndef RING_H
#define RING_H

#include <stddef.h>
#include <sys/types.h>

/* The descriptor of a new ring, or -1 in a box or a kernel without io_uring. epoll can watch it: a
 * ring is readable as long as it holds a completion. */
int ring_open(void);

/* Request a read. The call returns before the bytes are there. */
void ring_read(int fd, char *to, size_t room, off_t offset);

/* The result of the oldest completion. There must be one. */
ssize_t ring_result(void);

#endif
