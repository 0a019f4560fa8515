/* model.h: the ways to get bytes from a socket into a buffer, taken apart into two steps. */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* prepare: once, before anything is sent; false where this kernel or this box has no such model.
 * start: what has to be said before the wait (a completion model says where the bytes shall go).
 * await: until the news comes; how many bytes are in the buffer because of what start began.
 * take: the copying call that is still to be made by us; NULL where there is none. -1 and EAGAIN
 *       when there is nothing more.
 * A NULL step is one that the model does not have. */
struct model {
    const char *name;
    bool (*prepare)(int fd);
    void (*start)(int fd, char *to, size_t room);
    size_t (*await)(int fd);
    ssize_t (*take)(int fd, char *to, size_t room);
    void (*settle)(int fd); /* after a whole message: news that came too often is dropped */
};

extern const struct model models[];
enum { MODELS = 8 };

/* The signals that are blocked, and waited for: of sigio, and of POSIX AIO. */
void block_signals(void);

/* ring.c: the system calls of io_uring themselves. `by_worker` asks for one of its own threads. */
bool ring_open(void);
void ring_start(int fd, char *to, size_t room, bool by_worker);
ssize_t ring_await(void);

void overflow_signals(void);

#endif
