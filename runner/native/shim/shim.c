/*
 * Starts one command in its own namespaces and limits, reports which are in force, and waits for it.
 *
 *   shim --status FD [--runner PID] [--nofile SOFT:HARD] [--cpus 0,1] [--cgroup DIR]...
 *        [--memory BYTES] [--pids N] [--output BYTES] [--tmp BYTES] [--join PID]
 *        [--see PATH [--at PATH]]... [--hide DIR]... [--folder DIR] [--own-tool] [--traces]
 *        [--deny FILTER] [--account UID [--own DIR] [--closed PATH]... [--port N] [--files BYTES]
 *        [--held]]
 *        [--without net,user] [--whole] -- /path/to/command args...
 *
 * The shim writes one line of JSON to FD when execve has succeeded, and another when the command has
 * ended. It forwards SIGTERM. SIGUSR1, or the end of the process --runner, kills everything at once.
 * --memory and --pids are RLIMIT_DATA and RLIMIT_NPROC, for machines without a cgroup that limits
 * them; --output is RLIMIT_FSIZE. The command and --folder are paths in the root of the box, which
 * contains the system's paths and those of --see. Under root, a box runs as the user nobody. --deny is
 * a filter of system calls, which is in force from the first instruction of the command.
 *
 * With --account there are no namespaces: the box runs as that user id, alone (account.c), under Landlock
 * if it has a folder --own (landlock.c), and must not be able to open the paths of --closed. With --held
 * it waits for a line on stdin while it is still root.
 *
 * If the kernel refuses a namespace, or an operation for which the namespace exists, the shim goes on
 * without that namespace and reports it: so a lab also runs under AppArmor or in a container. With
 * --whole a refusal is an error, except for the namespaces of --without: a run that had a namespace
 * once must not continue without it.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static struct order order = {.status_fd = -1, .box = {.tmp = 16 << 20}};
static struct box *const box = &order.box;
static struct rlimit granted; /* RLIMIT_NOFILE of the child */
static char lacks[4096]; /* items of a JSON list */
static int news_fd = -1; /* of a child that is held */

/* Make text valid in a JSON string: a path may contain any byte. */
static void make_plain(char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
            *text = '?';
}

static _Noreturn void give_up(const char *what, const char *why)
{
    char text[600];
    snprintf(text, sizeof text, "%s: %s", what, why);
    make_plain(text);
    dprintf(order.status_fd, "{\"error\": \"%s\"}\n", text);
    exit(125);
}

void die(const char *call)
{
    give_up(call, strerror(errno));
}

static void lack(const char *name, char *why)
{
    size_t end = strlen(lacks);
    make_plain(why);
    snprintf(lacks + end, sizeof lacks - end, "%s\"%s: %s\"", end ? ", " : "", name, why);
}

/* Without a mount namespace the user cannot change either: another user may be unable to reach the
 * command by the machine's paths. */
static void do_without(unsigned long flags, const char *reason)
{
    char why[500];
    snprintf(why, sizeof why, "%s", reason);
    if (flags & box->want & CLONE_NEWNS)
        flags |= OTHER_USER;
    for (int i = 0; i < SPACES; i++)
        if (box->want & flags & spaces[i].flag) {
            lack(spaces[i].name, why);
            if (order.whole && !(order.without & spaces[i].flag))
                give_up(spaces[i].name, why);
        }
    box->want &= ~flags;
}

static const char *why(const struct news *news)
{
    return news->number ? strerror(news->number) : "every user may open it";
}

static char *reason_of(const struct news *news)
{
    static char text[sizeof news->call + 80];
    snprintf(text, sizeof text, "%s: %s", news->call, why(news));
    return text;
}

/* The shim ends with the runner. A pidfd stands for the process, whereas PR_SET_PDEATHSIG stands for
 * the thread that started the shim, and is used only on kernels before 5.3. */
static int watch_runner(void)
{
    int fd = (int)syscall(CALL_PIDFD_OPEN, order.runner, 0);
    if (fd < 0)
        prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
    if (getppid() != order.runner)
        exit(125); /* it ended before this check */
    return fd;
}

/* Join the network of another box. Its user namespace, which owns the network, comes first, unless
 * root created both boxes. */
static void join_box(void)
{
    static const struct { const char *mine, *theirs; unsigned long flag; } both[] = {
        {"/proc/self/ns/user", "/proc/%d/ns/user", 0},
        {"/proc/self/ns/net", "/proc/%d/ns/net", CLONE_NEWNET}};
    for (int i = box->want & OTHER_USER ? 1 : 0; i < 2; i++) {
        struct stat mine, theirs;
        char path[64];
        snprintf(path, sizeof path, both[i].theirs, order.beside);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &theirs) || stat(both[i].mine, &mine))
            die(path);
        if (mine.st_ino != theirs.st_ino && setns(fd, 0))
            die("setns");
        if (mine.st_ino != theirs.st_ino)
            box->joined |= both[i].flag;
        close(fd);
    }
    box->want &= ~box->joined;
    do_without(CLONE_NEWNET, "nor has the box beside it");
}

/* Raising the hard limit needs a privilege that the child no longer has. */
static void raise_nofile(void)
{
    struct rlimit now, most = {box->nofile.rlim_max, box->nofile.rlim_max};
    getrlimit(RLIMIT_NOFILE, &now);
    if (box->nofile.rlim_max > now.rlim_max && setrlimit(RLIMIT_NOFILE, &most))
        box->nofile.rlim_max = now.rlim_max;
    if (box->nofile.rlim_cur > box->nofile.rlim_max)
        box->nofile.rlim_cur = box->nofile.rlim_max;
}

static void enter_cgroups(pid_t child)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%d", child);
    for (int i = 0; i < order.cgroup_count; i++)
        if (write(order.cgroups[i], text, (size_t)length) != length)
            die("cgroup.procs");
}

/* Try until execve succeeds, each time with the namespaces that the last attempt left. */
static pid_t start(void)
{
    box->uid = geteuid();
    box->gid = getegid();
    for (;;) {
        int ends[2];
        struct news news = {.outcome = REMARK};
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
            die("socketpair");
        /* Root creates every namespace except the user namespace, which the child creates last. */
        unsigned long later = box->want & OTHER_USER ? OTHER_USER | CLONE_NEWUSER : 0;
        later |= FILTER | OWN_ACCOUNT | LANDLOCK;
        pid_t child = (pid_t)syscall(SYS_clone, (box->want & ~later) | SIGCHLD, 0, 0, 0, 0);
        if (child == 0) {
            close(ends[0]);
            become_command(box, ends[1]);
        }
        close(ends[1]);
        if (child < 0) {
            unsigned long spaces_left = box->want & ~(FILTER | OWN_ACCOUNT | LANDLOCK);
            if (!spaces_left)
                die("clone");
            news = (struct news){.number = errno, .call = "clone"};
            unsigned long first = box->want & OTHER_USER ? OTHER_USER : box->want & CLONE_NEWUSER;
            do_without(first ? first : spaces_left, reason_of(&news));
            close(ends[0]);
            continue;
        }
        enter_cgroups(child);
        send(ends[0], "", 1, MSG_NOSIGNAL);
        while (recv(ends[0], &news, sizeof news, 0) == sizeof news
               && (news.outcome == REMARK || news.outcome == LIMITED)) {
            if (news.outcome == REMARK)
                lack(news.flags ? "connect" : "proc", reason_of(&news));
            else
                granted = news.nofile;
        }
        if (news.outcome == HELD) {
            news_fd = ends[0];
            return child;
        }
        close(ends[0]);
        if (news.outcome == REMARK || news.outcome == LIMITED)
            return child;
        waitpid(child, NULL, 0);
        if (news.outcome == FATAL || !(news.flags & box->want))
            give_up(news.call, why(&news));
        do_without(news.flags, reason_of(&news));
    }
}

static void report_start(pid_t child)
{
    dprintf(order.status_fd, "{\"pid\": %d, \"nofile\": [%llu, %llu], \"isolation\": [", child,
            (unsigned long long)granted.rlim_cur, (unsigned long long)granted.rlim_max);
    for (int i = 0, any = 0; i < SPACES; i++)
        if ((box->want | box->joined) & spaces[i].flag)
            dprintf(order.status_fd, "%s\"%s\"", any++ ? ", " : "", spaces[i].name);
    dprintf(order.status_fd, "], \"lacks\": [%s]}\n", lacks);
}

static int wait_for(pid_t child, int runner_fd, const sigset_t *signals)
{
    int ended, status;
    struct signalfd_siginfo info;
    int signal_fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
    struct pollfd watched[] = {{signal_fd, POLLIN, 0}, {runner_fd, POLLIN, 0}};
    for (;;) {
        while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
            if (ended == child)
                return status;
        if (poll(watched, 2, -1) > 0 && watched[1].revents) {
            kill(child, SIGKILL);
            watched[1].fd = -1;
        }
        while (read(signal_fd, &info, sizeof info) == sizeof info)
            if (info.ssi_signo != SIGCHLD)
                kill(child, info.ssi_signo == SIGUSR1 ? SIGKILL : SIGTERM);
    }
}

/* A child that was held did the rest after the parent had reported its start. */
static void require_begun(void)
{
    struct news news;
    while (news_fd >= 0 && recv(news_fd, &news, sizeof news, MSG_DONTWAIT) == sizeof news)
        if (news.outcome == WITHOUT || news.outcome == FATAL)
            give_up(news.call, why(&news));
}

int main(int argc, char **argv)
{
    sigset_t signals;

    parse(argc, argv, &order);
    if (order.without & CLONE_NEWNS)
        order.without |= OTHER_USER;
    do_without(order.without, "told to do without");
    if (geteuid() != 0) {
        order.without |= OTHER_USER;
        do_without(OTHER_USER, "only root can change it");
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

    int runner_fd = order.runner ? watch_runner() : -1;
    raise_nofile();
    if (order.beside)
        join_box();
    pid_t child = start();
    report_start(child);
    int status = wait_for(child, runner_fd, &signals);
    if (box->account && !box->traces)
        end_account(box->account);
    kill_the_rest();
    require_begun();

    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    dprintf(order.status_fd, "{\"code\": %d, \"signal\": %d}\n", code, signal);
    return signal ? 128 + signal : code;
}
