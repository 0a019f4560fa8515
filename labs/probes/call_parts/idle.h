/* idle.h: idle TCP connections, whose other ends a second process holds. */
#ifndef IDLE_H
#define IDLE_H

/* The watched ends, in the order of their numbers. */
struct idle {
    int *fds, count, holder;
};

struct idle *connect_idle(int count);
void close_idle(struct idle *idle);

#endif
