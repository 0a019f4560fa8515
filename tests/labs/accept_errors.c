/* Loaded into a server with LD_PRELOAD: the first calls of accept4 fail, each with the next error
 * of ERRORS. A pause of the server, a poll or select without descriptors, is reported on stderr. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/socket.h>

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

int poll(struct pollfd *watched, nfds_t count, int timeout)
{
    if (count == 0)
        fputs("pause\n", stderr);
    return NEXT(poll)(watched, count, timeout);
}

int select(int most, fd_set *readers, fd_set *writers, fd_set *others, struct timeval *timeout)
{
    if (most == 0)
        fputs("pause\n", stderr);
    return NEXT(select)(most, readers, writers, others, timeout);
}
