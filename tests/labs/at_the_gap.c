/* Loaded into a server with LD_PRELOAD: raises SIGTERM immediately before each call that may
 * sleep without a bound. There a handler that only sets a flag comes too late. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>

static void *function(const char *name, int sleeps)
{
    void *address = dlsym(RTLD_NEXT, name);
    if (address == NULL || (sleeps && raise(SIGTERM) != 0))
        abort();
    return address;
}

#define CALL(name, sleeps, ...) ((__typeof__(&(name)))function(#name, sleeps))(__VA_ARGS__)

int accept4(int fd, struct sockaddr *address, socklen_t *length, int flags)
{
    return CALL(accept4, 1, fd, address, length, flags);
}

pid_t wait(int *status)
{
    return CALL(wait, 1, status);
}

int sigwaitinfo(const sigset_t *signals, siginfo_t *info)
{
    return CALL(sigwaitinfo, 1, signals, info);
}

int select(int most, fd_set *readers, fd_set *writers, fd_set *others, struct timeval *timeout)
{
    return CALL(select, timeout == NULL, most, readers, writers, others, timeout);
}

int poll(struct pollfd *watched, nfds_t count, int timeout)
{
    return CALL(poll, timeout < 0, watched, count, timeout);
}

int epoll_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    return CALL(epoll_wait, timeout < 0, epoll, events, most, timeout);
}
