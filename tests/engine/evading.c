/* A server that tries to get round the denials of its box: each word on the command line is one way,
 * and its line says what came of it, such as `poll: ENOSYS`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char **own;

static const char *outcome(long result)
{
    if (result >= 0)
        return "works";
    switch (errno) {
    case ENOSYS: return "ENOSYS";
    case EPERM: return "EPERM";
    case EINVAL: return "EINVAL";
    case ENOENT: return "ENOENT";
    default: return strerror(errno);
    }
}

/* The numbers of the C library's calls that exist on some architectures only. */
static long numbered(const char *name)
{
#ifdef SYS_poll
    if (!strcmp(name, "poll"))
        return syscall(SYS_poll, NULL, 0, 0);
#endif
#ifdef SYS_select
    if (!strcmp(name, "select"))
        return syscall(SYS_select, 0, NULL, NULL, NULL, (struct timeval[]){{0, 0}});
#endif
    if (!strcmp(name, "poll"))
        return syscall(SYS_ppoll, NULL, 0, (struct timespec[]){{0, 0}}, NULL, 8);
    return syscall(SYS_pselect6, 0, NULL, NULL, NULL, (struct timespec[]){{0, 0}}, NULL);
}

/* Of so many descriptors, none of which is open. */
static long polled(nfds_t count)
{
    struct pollfd watched[64];
    for (nfds_t i = 0; i < count; i++)
        watched[i] = (struct pollfd){-1, POLLIN, 0};
    return poll(watched, count, 0);
}

static long selected(int reach)
{
    fd_set none;
    FD_ZERO(&none);
    return select(reach, &none, NULL, NULL, &(struct timeval){0, 0});
}

static long added(int number)
{
    struct epoll_event event = {.events = EPOLLIN};
    int pair[2], epoll = epoll_create1(0);
    if (pipe(pair) || dup2(pair[0], number) == -1)
        return -1;
    return epoll_ctl(epoll, EPOLL_CTL_ADD, number, &event);
}

static long ring(void)
{
    static char parameters[120];
    return syscall(425, 4, parameters);
}

#ifdef __x86_64__
static sigjmp_buf without;

static void no_such_gate(int number)
{
    (void)number;
    siglongjmp(without, 1);
}

/* poll by the numbers of i386. A kernel without them sends SIGSEGV. */
static const char *gate(void)
{
    volatile long answer = -ENOSYS;
    signal(SIGSEGV, no_such_gate);
    if (sigsetjmp(without, 1) == 0) {
        long result = 168;
        __asm__ volatile("int $0x80" : "+a"(result) : "b"(0L), "c"(0L), "d"(0L) : "memory");
        answer = (int)result;
    }
    errno = answer < 0 ? (int)-answer : 0;
    return outcome(answer < 0 ? -1 : 0);
}

static const char *x32(void)
{
    return outcome(syscall(0x40000000 + SYS_poll, NULL, 0, 0));
}
#else
static const char *gate(void)
{
    return "ENOSYS";
}

static const char *x32(void)
{
    return "ENOSYS";
}
#endif

static void *idle(void *nothing)
{
    return nothing;
}

static const char *thread(void)
{
    pthread_t made;
    errno = pthread_create(&made, NULL, idle, NULL);
    if (errno == 0)
        pthread_join(made, NULL);
    return outcome(errno ? -1 : 0);
}

/* In a child, so that one that is not denied is no second printer. */
static const char *child(pid_t made)
{
    const char *what = outcome(made);
    if (made == 0)
        _exit(0);
    if (made > 0)
        waitpid(made, NULL, 0);
    return what;
}

static const char *vforked(void)
{
    pid_t made = vfork();
    if (made == 0)
        _exit(0);
    return child(made);
}

static const char *spawned(void)
{
    pid_t made = -1;
    char *words[] = {"true", NULL};
    errno = posix_spawn(&made, "/bin/true", NULL, NULL, words, environ);
    return child(errno ? -1 : made);
}

static const char *clone3(void)
{
    struct clone_args args = {.exit_signal = SIGCHLD};
    return child((pid_t)syscall(SYS_clone3, &args, sizeof args));
}

static int shared_code(void *nothing)
{
    (void)nothing;
    return 0;
}

/* A thread under another name: a process that shares the memory. */
static const char *sharing(void)
{
    static char stack[1 << 16];
    return child(clone(shared_code, stack + sizeof stack, CLONE_VM | CLONE_FILES | SIGCHLD, NULL));
}

/* All that a process can do to its own filters: ask for none, or add one that allows everything. */
static const char *lifted(void)
{
    struct sock_filter all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {1, all};
    prctl(PR_SET_SECCOMP, 0, NULL);
    prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
    syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT + 99, 0, NULL);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
    return outcome(numbered("poll"));
}

static const char *inherited(void)
{
    int status;
    pid_t made = fork();
    if (made == 0)
        _exit(numbered("poll") == 0 ? 0 : errno);
    if (made < 0)
        return outcome(made);
    waitpid(made, &status, 0);
    errno = WEXITSTATUS(status);
    return outcome(errno ? -1 : 0);
}

/* Another program is the same process to the kernel. It prints the line of `poll`. */
static const char *executed(void)
{
    char *words[] = {own[0], "poll", NULL};
    fflush(stdout);
    execv("/proc/self/exe", words);
    return outcome(-1);
}

static const char *try(const char *way)
{
    int fd = fcntl(0, F_DUPFD_CLOEXEC, 10);
    const char *plain[] = {"poll", "select"};
    for (int i = 0; i < 2; i++)
        if (!strcmp(way, plain[i]))
            return outcome(numbered(way));
    if (!strcmp(way, "poll15") || !strcmp(way, "poll16"))
        return outcome(polled((nfds_t)atoi(way + 4)));
    if (!strcmp(way, "select15") || !strcmp(way, "select16"))
        return outcome(selected(atoi(way + 6)));
    if (!strcmp(way, "epoll15") || !strcmp(way, "epoll16"))
        return outcome(added(atoi(way + 5)));
    if (!strcmp(way, "ppoll"))
        return outcome(ppoll(NULL, 0, (struct timespec[]){{0, 0}}, NULL));
    if (!strcmp(way, "pselect"))
        return outcome(pselect(0, NULL, NULL, NULL, (struct timespec[]){{0, 0}}, NULL));
    if (!strcmp(way, "epoll"))
        return outcome(epoll_create1(0));
    if (!strcmp(way, "ring"))
        return outcome(ring());
    if (!strcmp(way, "async"))
        return outcome(fcntl(fd, F_SETFL, O_ASYNC));
    if (!strcmp(way, "fioasync"))
        return outcome(ioctl(fd, FIOASYNC, (int[]){0}));
    if (!strcmp(way, "nonblock"))
        return outcome(fcntl(fd, F_SETFL, O_NONBLOCK));
    static const struct { const char *way, *(*tried)(void); } others[] = {
        {"gate", gate}, {"x32", x32}, {"thread", thread}, {"vfork", vforked}, {"spawn", spawned},
        {"clone3", clone3}, {"sharing", sharing}, {"lift", lifted}, {"child", inherited},
        {"exec", executed}};
    if (!strcmp(way, "fork"))
        return child(fork());
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strcmp(way, others[i].way))
            return others[i].tried();
    return "no such way";
}

int main(int argc, char **argv)
{
    own = argv;
    for (int i = 1; i < argc; i++) {
        printf("%s: %s\n", argv[i], try(argv[i]));
        fflush(stdout);
    }
    return 0;
}
