/*
 * lab.h: everything that does not change with the I/O model.
 *
 * A line belongs in labs/<model>/server.c if it would change when the I/O model
 * changes, and otherwise here. lab.py is the twin: same names, same order.
 */
#ifndef LAB_H
#define LAB_H

#include <stddef.h>

/* How many clients one wake-up may accept. Without a bound, a crowd of new clients
 * would keep those who are already connected waiting. */
enum { ACCEPT_BATCH = 64 };

/* What accept_client returns when it has no descriptor to give. */
enum {
    NOBODY = -1,  /* the backlog is empty */
    REFUSED = -2, /* this one was turned away or is gone; others may be waiting */
};

/* What echo_step did, and so what the server has to wait for next. */
enum step {
    ECHOED,      /* bytes came and went back; there may be more */
    WOULD_BLOCK, /* nothing can be done now: go on waiting for the same thing */
    STUCK,       /* the client does not read: wait until the socket is writable */
    FLUSHED,     /* the pending bytes have left: wait until it is readable again */
    CLOSED,      /* the client is gone: forget it */
};

_Noreturn void die(const char *call);

void obey_signals(void);
int read_setting(const char *name, int otherwise);
int open_listener(int flags);
void say_ready(int listener, const char *model);

int accept_client(int listener, int flags);
void refuse_client(int fd, const char *limit, long number);
void close_client(int fd);

enum step echo_step(int fd);
void echo_until_closed(int fd);

#endif
