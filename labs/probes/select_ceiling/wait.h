/*
 * wait.h: wait for one descriptor with an fd_set, and check the memory beside it.
 *
 * refuse.c, fortify.c and plain.c each include this file. They differ only in what guards FD_SET:
 * a comparison in the program, the check of glibc, or nothing.
 */
#ifndef WAIT
#error "one of refuse.c, fortify.c and plain.c includes this"
#endif
#include "ceiling.h"

#include <stdio.h>
#include <string.h>
#include <sys/select.h>

/* The canary lies where the next variable would be. It is volatile, so that the compiler reads
 * the memory again. */
static struct {
    fd_set set;
    volatile unsigned char canary[sizeof(long)];
} memory;

void WAIT(int fd, struct ending *ending)
{
#ifdef REFUSE
    if (fd >= FD_SETSIZE) {
        strcpy(ending->outcome, "refused");
        strcpy(ending->detail, "FD_SETSIZE is 1024: the program looked before it called FD_SET");
        return;
    }
#endif
    FD_ZERO(&memory.set);
    for (size_t i = 0; i < sizeof memory.canary; i++)
        memory.canary[i] = CANARY;
    FD_SET(fd, &memory.set);
    struct timeval never = {.tv_sec = 10};
    int ready = select(fd + 1, &memory.set, NULL, NULL, &never);
    size_t changed = 0;
    for (size_t i = 0; i < sizeof memory.canary; i++)
        changed += memory.canary[i] != CANARY;
    strcpy(ending->outcome, changed > 0 ? "corrupted" : ready == 1 ? "ready" : "wrong");
    snprintf(ending->detail, sizeof ending->detail,
             "select returned %d; %zu of %zu bytes beside the fd_set were overwritten", ready,
             changed, sizeof memory.canary);
}
