/* wait.h: a set that two threads share, for each of the three calls. */
#ifndef WAIT_H
#define WAIT_H

#include <stdbool.h>

struct set;

struct told {
    int fd;
    bool invalid; /* not readable, but no descriptor at all */
};

/* A set with one descriptor in it. call: select, poll or epoll. */
struct set *make_set(const char *call, int fd);
void drop_set(struct set *set);

/* Of the waiting thread: whether anything was told within the time. */
bool wait_for(struct set *set, int milliseconds, struct told *told);

/* Of the other thread: in the memory that both share, or, with epoll, in the kernel. */
void add_to(struct set *set, int fd);

#endif
