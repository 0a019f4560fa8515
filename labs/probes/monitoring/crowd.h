/* crowd.h: connections by the thousand, whose other ends a second process holds. */
#ifndef CROWD_H
#define CROWD_H

#include <stdbool.h>

/* The watched ends, in the order in which they were connected. */
struct crowd {
    int *fds, count, holder;
};

/* transport: "unix" is what socketpair makes, "tcp" goes through the loopback device. A
 * connection has one byte to read if `is_active` is true for its index. */
struct crowd *gather(const char *transport, int count, bool (*is_active)(int));
void dismiss(struct crowd *crowd);

#endif
