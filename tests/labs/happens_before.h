/* Included in a server that is compiled with ThreadSanitizer, which knows that EPOLL_CTL_ADD
 * happens before the resulting event, but not that EPOLL_CTL_MOD does as well. What one thread
 * wrote to a client before it armed the client, another thread may read after its notification. */
#define _GNU_SOURCE
#include <sanitizer/tsan_interface.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

static char of_listener; /* the events of the listener carry no address */

__attribute__((unused)) static int
ordered_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    __tsan_release(event->data.ptr ? event->data.ptr : &of_listener);
    /* Not epoll_ctl: ThreadSanitizer would count it as a use of fd after the release. */
    return (int)syscall(SYS_epoll_ctl, epoll, operation, fd, event);
}

__attribute__((unused)) static int
ordered_wait(int epoll, struct epoll_event *events, int most, int timeout)
{
    int ready = epoll_wait(epoll, events, most, timeout);
    for (int i = 0; i < ready; i++)
        __tsan_acquire(events[i].data.ptr ? events[i].data.ptr : &of_listener);
    return ready;
}

#define epoll_ctl ordered_ctl
#define epoll_wait ordered_wait
