/* wait.h: a set that two threads share, for each of the three calls. */
#ifndef WAIT_H
#define WAIT_H

#include <stdbool.h>

struct set;

struct report {
    int fd;
    bool invalid; /* reported as an invalid descriptor, not as readable */
};

/* Make a set with one descriptor. call: select (the call gets the shared set itself),
 * select_copy (the call gets a copy that it may overwrite, as servers do), poll or epoll. */
struct set *make_set(const char *call, int fd);
void drop_set(struct set *set);

/* For the waiting thread: return whether the call reported a descriptor within the time. */
bool wait_for(struct set *set, int milliseconds, struct report *report);

/* For the other thread: add a descriptor, in the shared memory or, with epoll, in the kernel. */
void add_to(struct set *set, int fd);

#endif
