/* lab.h: everything that does not change with the I/O model.
 *
 * Code belongs in labs/<model>/server.c if it changes with the I/O model, and otherwise here.
 * lab.py is the Python twin: same names, same order. */
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>
#include <stddef.h>

/* How many clients one wake-up may accept. Without a bound, a burst of new clients would delay
 * the clients that are already connected. */
enum { ACCEPT_BATCH = 64 };

/* What accept_client returns instead of a descriptor. */
enum {
    NO_CLIENT = -1,  /* the listen queue is empty */
    REFUSED = -2, /* this client was refused or has left; more may wait */
};

/* What echo_step did. It decides which event the server waits for next. */
enum step {
    ECHOED,      /* bytes were received and sent back; there may be more */
    WOULD_BLOCK, /* the call would block: wait for the same event again */
    STUCK,       /* the client does not read: wait until the socket is writable */
    FLUSHED,     /* the pending bytes are sent: wait until the socket is readable */
    CLOSED,      /* the client has left or its connection is lost: close it */
};

_Noreturn void die(const char *call);

void obey_signals(void);
int read_setting(const char *name, int otherwise);
int open_listener(int flags);
void say_ready(int listener, const char *model);
void follow_parent(int parent);
bool grow(void *pointer, size_t *room, size_t index, size_t size);

int accept_client(int listener, int flags);
void refuse_client(int fd, const char *limit, long number);
void close_client(int fd);

enum step echo_step(int fd);
void echo_until_closed(int fd);

#endif
