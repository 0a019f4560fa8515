/*
 * Starts one command in namespaces and limits of its own, tells what holds, and waits for it.
 *
 *   shim --status FD [--runner PID] [--nofile SOFT:HARD] [--cpus 0,1] [--cgroup DIR]...
 *        [--memory BYTES] [--pids N] [--join PID] [--keep DIR]... [--without net,user]
 *        -- /path/to/command args...
 *
 * One line of JSON on FD once the command has certainly been executed, another once it has ended.
 * SIGTERM is forwarded; SIGUSR1 ends everything at once, and so does the end of process --runner.
 * --memory and --pids are RLIMIT_DATA and RLIMIT_NPROC, for want of a cgroup that limits them.
 *
 * A namespace that the kernel refuses, or in which it refuses what the namespace is for, is done
 * without and reported: under AppArmor or in a container a lab still runs, and says what it lacks.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
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

enum { SPACES = 6 };
static const struct { const char *name; unsigned long flag; } spaces[SPACES] = {
    {"user", CLONE_NEWUSER}, {"net", CLONE_NEWNET}, {"pid", CLONE_NEWPID},
    {"mount", CLONE_NEWNS}, {"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS}};

static struct box box;
static int status_fd = -1, cgroups[MANY], cgroup_count;
static pid_t runner, beside;
static char lacks[2048]; /* the inside of a JSON list */

static void die(const char *call)
{
    dprintf(status_fd, "{\"error\": \"%s: %s\"}\n", call, strerror(errno));
    exit(125);
}

static void lack(const char *name, const char *why)
{
    size_t end = strlen(lacks);
    snprintf(lacks + end, sizeof lacks - end, "%s\"%s: %s\"", end ? ", " : "", name, why);
}

static void do_without(unsigned long flags, const char *why)
{
    for (int i = 0; i < SPACES; i++)
        if (box.want & flags & spaces[i].flag)
            lack(spaces[i].name, why);
    box.want &= ~flags;
}

static void open_cgroup(const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/cgroup.procs", folder);
    if (cgroup_count == MANY || (cgroups[cgroup_count++] = open(path, O_WRONLY | O_CLOEXEC)) < 0)
        die("--cgroup");
}

static void parse(int argc, char **argv)
{
    static const struct option options[] = {
        {"status", 1, 0, 's'}, {"runner", 1, 0, 'r'}, {"nofile", 1, 0, 'n'}, {"memory", 1, 0, 'm'},
        {"pids", 1, 0, 'p'}, {"cpus", 1, 0, 'c'}, {"cgroup", 1, 0, 'g'}, {"join", 1, 0, 'j'},
        {"keep", 1, 0, 'k'}, {"without", 1, 0, 'w'}, {0, 0, 0, 0}};
    char *rest = NULL;

    errno = EINVAL;
    for (int i = 0; i < SPACES; i++)
        box.want |= spaces[i].flag;
    for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
        switch (option) {
        case 's': status_fd = atoi(optarg); fcntl(status_fd, F_SETFD, FD_CLOEXEC); break;
        case 'r': runner = atoi(optarg); break;
        case 'j': beside = atoi(optarg); break;
        case 'm': box.memory = strtoull(optarg, NULL, 10); break;
        case 'p': box.pids = strtoull(optarg, NULL, 10); break;
        case 'g': open_cgroup(optarg); break;
        case 'n':
            box.nofile.rlim_cur = strtoull(optarg, &rest, 10);
            box.nofile.rlim_max = *rest ? strtoull(rest + 1, NULL, 10) : box.nofile.rlim_cur;
            break;
        case 'c':
            for (char *cpu = strtok(optarg, ","); cpu; cpu = strtok(NULL, ","))
                CPU_SET((size_t)atoi(cpu), &box.cpus);
            break;
        case 'k':
            if (box.keep_count == MANY)
                die("--keep");
            box.keep[box.keep_count++] = optarg;
            break;
        case 'w':
            for (int i = 0; i < SPACES; i++)
                if (strstr(optarg, spaces[i].name))
                    do_without(spaces[i].flag, "told to do without");
            break;
        default:
            die("options");
        }
    }
    box.command = argv + optind;
    if (!*box.command)
        die("no command");
}

/* When the runner ends, so do we. A process, where PR_SET_PDEATHSIG means the thread that happened
 * to start us; that is for kernels before 5.3. */
static int watch_runner(void)
{
    int fd = (int)syscall(CALL_PIDFD_OPEN, runner, 0);
    if (fd < 0)
        prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
    if (getppid() != runner)
        exit(125); /* it ended before we looked */
    return fd;
}

/* Into the network of another box: first its user namespace, which owns that network. */
static void join_box(void)
{
    static const struct { const char *mine, *theirs; unsigned long flag; } both[] = {
        {"/proc/self/ns/user", "/proc/%d/ns/user", 0},
        {"/proc/self/ns/net", "/proc/%d/ns/net", CLONE_NEWNET}};
    for (int i = 0; i < 2; i++) {
        struct stat mine, theirs;
        char path[64];
        snprintf(path, sizeof path, both[i].theirs, beside);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &theirs) || stat(both[i].mine, &mine))
            die(path);
        if (mine.st_ino != theirs.st_ino && setns(fd, 0))
            die("setns");
        if (mine.st_ino != theirs.st_ino)
            box.joined |= both[i].flag;
        close(fd);
    }
    box.want &= ~box.joined;
    do_without(CLONE_NEWNET, "nor has the box beside it");
}

/* Raising the hard limit takes a privilege that the child no longer has. */
static void raise_nofile(void)
{
    struct rlimit now, most = {box.nofile.rlim_max, box.nofile.rlim_max};
    getrlimit(RLIMIT_NOFILE, &now);
    if (box.nofile.rlim_max > now.rlim_max && setrlimit(RLIMIT_NOFILE, &most))
        box.nofile.rlim_max = now.rlim_max;
    if (box.nofile.rlim_cur > box.nofile.rlim_max)
        box.nofile.rlim_cur = box.nofile.rlim_max;
}

static void enter_cgroups(pid_t child)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%d", child);
    for (int i = 0; i < cgroup_count; i++)
        if (write(cgroups[i], text, (size_t)length) != length)
            die("cgroup.procs");
}

/* Until exec has happened, each time with those namespaces that the last attempt left. */
static pid_t start(void)
{
    box.uid = geteuid();
    box.gid = getegid();
    for (;;) {
        int ends[2];
        struct news news = {.outcome = REMARK};
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
            die("socketpair");
        pid_t child = (pid_t)syscall(SYS_clone, box.want | SIGCHLD, 0, 0, 0, 0);
        if (child == 0) {
            close(ends[0]);
            become_command(&box, ends[1]);
        }
        close(ends[1]);
        if (child < 0) {
            if (!box.want)
                die("clone");
            snprintf(news.text, sizeof news.text, "clone: %s", strerror(errno));
            do_without(box.want & CLONE_NEWUSER ? CLONE_NEWUSER : box.want, news.text);
            close(ends[0]);
            continue;
        }
        enter_cgroups(child);
        send(ends[0], "", 1, MSG_NOSIGNAL);
        while (recv(ends[0], &news, sizeof news, 0) == sizeof news && news.outcome == REMARK)
            lack("proc", news.text);
        close(ends[0]);
        if (news.outcome == REMARK)
            return child;
        waitpid(child, NULL, 0);
        if (news.outcome == FATAL) {
            dprintf(status_fd, "{\"error\": \"%s\"}\n", news.text);
            exit(125);
        }
        do_without(news.flags, news.text);
    }
}

static void report_start(pid_t child)
{
    struct rlimit granted = box.nofile;
    prlimit(child, RLIMIT_NOFILE, NULL, &granted);
    dprintf(status_fd, "{\"pid\": %d, \"nofile\": [%llu, %llu], \"isolation\": [", child,
            (unsigned long long)granted.rlim_cur, (unsigned long long)granted.rlim_max);
    for (int i = 0, any = 0; i < SPACES; i++)
        if ((box.want | box.joined) & spaces[i].flag)
            dprintf(status_fd, "%s\"%s\"", any++ ? ", " : "", spaces[i].name);
    dprintf(status_fd, "], \"lacks\": [%s]}\n", lacks);
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

/* A pid namespace ends with its first process. Without one: what the command leaves becomes ours,
 * as we are a subreaper, a generation a round. */
static void kill_the_rest(void)
{
    do {
        FILE *children = fopen("/proc/thread-self/children", "re");
        if (!children)
            return;
        for (int pid; fscanf(children, "%d", &pid) == 1;)
            kill(pid, SIGKILL);
        fclose(children);
    } while (waitpid(-1, NULL, 0) > 0);
}

int main(int argc, char **argv)
{
    sigset_t signals;

    parse(argc, argv);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

    int runner_fd = runner ? watch_runner() : -1;
    raise_nofile();
    if (beside)
        join_box();
    pid_t child = start();
    report_start(child);
    int status = wait_for(child, runner_fd, &signals);
    kill_the_rest();

    int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    dprintf(status_fd, "{\"code\": %d, \"signal\": %d}\n", code, signal);
    return signal ? 128 + signal : code;
}
