/* deny NUMBER ERRNO [ARGUMENT] -- COMMAND...: run COMMAND under a seccomp filter that makes
 * this system call fail with this error, as a sandbox does; with ARGUMENT only if its second
 * argument equals it. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)

int main(int argc, char **argv)
{
    int dashes = argc > 4 && strcmp(argv[3], "--") == 0 ? 3 : 4;
    if (argc <= dashes + 1 || strcmp(argv[dashes], "--") != 0)
        return 2;
    unsigned number = (unsigned)atoi(argv[1]), error = (unsigned)atoi(argv[2]);
    struct sock_filter any[] = {
        LOAD(nr),
        UNLESS(number, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_filter one[] = {
        LOAD(nr),
        UNLESS(number, 3),
        LOAD(args[1]),
        UNLESS((unsigned)atoi(argv[3]), 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof any / sizeof *any, .filter = any};
    if (dashes == 4)
        program = (struct sock_fprog){.len = sizeof one / sizeof *one, .filter = one};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == -1) {
        perror("prctl");
        return 1;
    }
    execvp(argv[dashes + 1], argv + dashes + 1);
    perror("execvp");
    return 1;
}
