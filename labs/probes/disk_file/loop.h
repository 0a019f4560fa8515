/* loop.h: an event loop with one client, and a file to read. */
#ifndef LOOP_H
#define LOOP_H

#include <stdint.h>

enum { FILES = 24, CHUNK = 64 << 10, LENGTH = 1 << 20 }; /* LENGTH: of each file, at most */
enum way { IN_THE_LOOP, IN_A_THREAD, BY_IO_URING };

/* Times in nanoseconds. */
struct outcome {
    int64_t reading;      /* from the start of the reading to its end */
    int64_t longest_wait; /* of the client, for a reply to one byte, while the files are read */
    long replies;         /* to the client in this time */
    long bytes;
};

/* Serve the client, and read each file once, in chunks. `ring` is needed for BY_IO_URING only. */
struct outcome read_in_loop(const int *fds, int count, enum way way, int ring);

#endif
