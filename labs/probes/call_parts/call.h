/* call.h: select, poll and epoll behind the same functions, each with four sets of descriptors. */
#ifndef CALL_H
#define CALL_H

/* What a call is given. The difference between two of them is the cost of a part of the call. */
enum set {
    NOTHING, /* no descriptor at all */
    BLANK,   /* as many places as ALL, and no descriptor to examine in them */
    ALONE,   /* the same, and the timer in the last place */
    ALL,     /* idle connections, and the timer in the last place */
    SETS,
};

enum { AT_ONCE = 0, FOREVER = -1 };

/* prepare: build the four sets. The timer has the highest descriptor.
 * ask: one call; how many descriptors are ready.
 * search: what the application does after the call, to learn which descriptor is ready.
 * forget: free all resources. */
struct call {
    const char *name;
    void (*prepare)(const int *idle, int count, int timer);
    int (*ask)(enum set set, int timeout);
    int (*search)(void);
    void (*forget)(void);
};

extern const struct call calls[];
enum { CALLS = 3 };

#endif
