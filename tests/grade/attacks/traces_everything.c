/* Attaches to every process and reads its memory.
 * Expect: passes */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    char byte, path[40];
    struct iovec here = {&byte, 1}, there = {(void *)0x400000, 1};
    for (pid_t pid = 1; pid < 5000; pid++) {
        if (pid == getpid())
            continue;
        snprintf(path, sizeof path, "/proc/%d/mem", pid);
        if (ptrace(PTRACE_SEIZE, pid, 0, 0) == 0
            || process_vm_readv(pid, &here, 1, &there, 1, 0) == 1 || open(path, O_RDWR) != -1) {
            fprintf(stderr, "reached process %d\n", pid);
            _exit(9);
        }
    }
}
