/* watch.h: the three calls, each able to watch any number of descriptors. */
#ifndef WATCH_H
#define WATCH_H

/* watch_all: prepare to watch these descriptors.
 * ask: one call that does not sleep; how many descriptors are ready.
 * search: the application's work after the call; the ready descriptors go to ready_fds.
 * forget: free all resources. */
struct watch {
    const char *name;
    void (*watch_all)(const int *fds, int count);
    int (*ask)(void);
    int (*search)(int *ready_fds);
    void (*forget)(void);
};

extern const struct watch watches[];
enum { WATCHES = 3 };

#endif
