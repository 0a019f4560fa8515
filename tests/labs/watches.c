/* Loaded into a server with LD_PRELOAD: the kernel refuses to watch descriptors from WATCHES on:
 * first because of fs.epoll.max_user_watches (ENOSPC), then for lack of memory (ENOMEM). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    static int refused;
    __typeof__(&epoll_ctl) real = (__typeof__(&epoll_ctl))dlsym(RTLD_NEXT, "epoll_ctl");
    if (operation != EPOLL_CTL_ADD || fd < atoi(getenv("WATCHES")))
        return real(epoll, operation, fd, event);
    errno = refused++ == 0 ? ENOSPC : ENOMEM;
    return -1;
}
