/* crowd.h: connections by the thousand, whose other ends a second process holds. */
#ifndef CROWD_H
#define CROWD_H

#include <stdbool.h>

/* Our ends, in the order in which they were made. */
struct crowd {
    int *fds, count, holder;
};

/* transport: "unix" is what socketpair makes, "tcp" goes through the loopback device. Those whose
 * index `speaks` have one byte to be read. */
struct crowd *gather(const char *transport, int count, bool (*speaks)(int));
void dismiss(struct crowd *crowd);

#endif
