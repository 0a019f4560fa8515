/* ceiling.h: the result of a case, and the three ways to fill in an fd_set. */
#ifndef CEILING_H
#define CEILING_H

enum { CANARY = 0x5a };

/* Sent to the parent, which alone knows how the process of the case has ended. */
struct ending {
    int open;
    char outcome[16], detail[160];
};

void wait_refusing(int fd, struct ending *ending);
void wait_fortified(int fd, struct ending *ending);
void wait_unguarded(int fd, struct ending *ending);

#endif
