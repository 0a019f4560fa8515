/* Loaded into a server with LD_PRELOAD: while the file NO_PROCESS exists, fork fails as if
 * RLIMIT_NPROC or a pids limit were reached (they do not apply to root here). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

pid_t fork(void)
{
    pid_t (*real_fork)(void);
    *(void **)&real_fork = dlsym(RTLD_NEXT, "fork");
    if (access(getenv("NO_PROCESS"), F_OK) == 0) {
        errno = EAGAIN;
        return -1;
    }
    return real_fork();
}
