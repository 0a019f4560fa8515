/* watch.h: the three calls, each able to watch any number of descriptors, readable or not. */
#ifndef WATCH_H
#define WATCH_H

/* watch_all: prepare to watch these. ask: one call that does not sleep; how many are ready.
 * search: the application's own work after the call; the ready ones go to found.
 * forget: let go of everything. */
struct watch {
    const char *name;
    void (*watch_all)(const int *fds, int count);
    int (*ask)(void);
    int (*search)(int *found);
    void (*forget)(void);
};

extern const struct watch watches[];
enum { WATCHES = 3 };

#endif
