/* Descriptors and memory of every process that it can name: pidfd_getfd, /proc/N/fd, /proc/N/mem,
 * process_vm_writev, and its own code through /proc/self/mem.
 * Expect: passes */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void fail_if(int reached, int pid, const char *what)
{
    if (reached) {
        fprintf(stderr, "reached %s of process %d\n", what, pid);
        _exit(9);
    }
}

static int open_of(int pid, const char *what)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, what);
    return open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
}

static void borrow(int pid)
{
    static char bytes[16];
    struct iovec here = {bytes, sizeof bytes}, there = {bytes, sizeof bytes};
    char name[16];
    int handle = (int)syscall(SYS_pidfd_open, pid, 0);
    if (handle == -1)
        return;
    for (int fd = 0; fd < 64; fd++) {
        fail_if(syscall(SYS_pidfd_getfd, handle, fd, 0) != -1, pid, "a descriptor");
        snprintf(name, sizeof name, "fd/%d", fd);
        fail_if(open_of(pid, name) != -1, pid, name);
    }
    fail_if(process_vm_writev(pid, &here, 1, &there, 1, 0) > 0, pid, "the memory");
    fail_if(open_of(pid, "mem") != -1, pid, "mem");
    fail_if(open_of(pid, "clear_refs") != -1, pid, "clear_refs");
    fail_if(open_of(pid, "autogroup") != -1, pid, "autogroup");
    close(handle);
}

__attribute__((constructor)) static void attack(void)
{
    static const char text[] = "read only";
    int own = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
    if (own != -1) { /* it may spoil itself */
        if (pwrite(own, text, 1, (off_t)(unsigned long)text) < 0)
            perror("own memory");
        close(own);
    }
    for (int pid = 1; pid < 40000; pid++)
        if (pid != getpid())
            borrow(pid);
}
