/* model.h: the I/O models, each as separate steps from a socket to a buffer. */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* prepare: called once, before any byte is sent; false where this kernel or box lacks the model.
 * start: what the program requests before the wait (a completion model: the whole read).
 * await: returns at the notification; how many bytes are in the buffer because of start.
 * take: the copying call that the program still has to make; -1 and EAGAIN when it gets no more.
 * A step that the model does not have is NULL. */
struct model {
    const char *name;
    bool (*prepare)(int fd);
    void (*start)(int fd, char *to, size_t room);
    size_t (*await)(int fd);
    ssize_t (*take)(int fd, char *to, size_t room);
    void (*settle)(int fd); /* after a message: drop surplus notifications */
};

extern const struct model models[];
enum { MODELS = 12 };

/* Block the signals that sigio and POSIX AIO wait for. */
void block_signals(void);

/* ring.c: io_uring by its system calls. The way decides which thread copies:
 * OWN     the thread that submits, when it is in the kernel
 * WORKER  a worker thread of the kernel (IOSQE_ASYNC)
 * SQPOLL  the kernel thread that polls this ring for requests (IORING_SETUP_SQPOLL) */
enum way { OWN, WORKER, SQPOLL };

bool ring_open(enum way way);
void ring_start(enum way way, int fd, char *to, size_t room);
bool ring_is_empty(enum way way);
ssize_t ring_await(enum way way);

/* overflow.c: more signals than places in the queue; signals without F_SETSIG. */
void overflow_signals(void);
void plain_signals(void);

#endif
