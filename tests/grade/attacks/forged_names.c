/* Names that are shown and parsed: of threads, of the program, of files in memory, of its arguments.
 * They end fields early, forge others, and command terminals.
 * Expect: passes */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static const char *const names[] = {
    ") R 1 1 1 0 -1", "\nState:\tZ\n", "\nPid:\t1\n", "\033[31m\007x", "::error::x", "\n\n\n) Z (",
    "\xe2\x80\xae\xff\xfe", "(((((((((((((((", "\nTgid:\t0\n", "|=1+1|cmd",
};

static void *sleeps(void *name)
{
    prctl(PR_SET_NAME, name);
    for (;;)
        pause();
    return NULL;
}

__attribute__((constructor)) static void attack(void)
{
    pthread_t thread;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        int fd = memfd_create(names[i], 0);
        if (fd != -1 && ftruncate(fd, 4096) == 0)
            mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
        if (i < 3)
            pthread_create(&thread, NULL, sleeps, (void *)(unsigned long)names[i]);
    }
    prctl(PR_SET_NAME, names[0]);
    int fd = open("/proc/self/comm", O_WRONLY | O_CLOEXEC);
    if (fd != -1 && write(fd, names[5], strlen(names[5])) == -1)
        perror("comm");
    close(fd);
}
