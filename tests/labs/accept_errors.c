/* Loaded into a server with LD_PRELOAD: the first calls of accept4 fail, each with the next error
 * of ERRORS. A pause of the server is reported on stderr. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    static char *rest;
    if (rest == NULL)
        rest = getenv("ERRORS");
    long error = strtol(rest, &rest, 10);
    if (error == 0)
        return NEXT(accept4)(fd, address, length, flags);
    errno = (int)error;
    return -1;
}

/* In C. */
int nanosleep(const struct timespec *span, struct timespec *left)
{
    fputs("pause\n", stderr);
    return NEXT(nanosleep)(span, left);
}

/* In Python. */
int clock_nanosleep(clockid_t clock, int flags, const struct timespec *span, struct timespec *left)
{
    fputs("pause\n", stderr);
    return NEXT(clock_nanosleep)(clock, flags, span, left);
}
