/* The child: what it does in its new namespaces before execve. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RANGE_CLOEXEC = 4, JOIN_SESSION_KEYRING = 1 };

static int parent, own_proc;

void tell(enum outcome outcome, unsigned long flags, const char *call)
{
    struct news news = {.outcome = outcome, .flags = flags, .number = errno};
    snprintf(news.call, sizeof news.call, "%s", call);
    if (outcome == LIMITED)
        getrlimit(RLIMIT_NOFILE, &news.nofile);
    if (send(parent, &news, sizeof news, MSG_NOSIGNAL) < 0 || outcome == WITHOUT || outcome == FATAL)
        _exit(125);
}

/* Write `name` in /proc/self of the machine: the /proc of a box is read-only. */
static int write_own(const char *name, const char *text)
{
    int fd = openat(own_proc, name, O_WRONLY | O_CLOEXEC);
    int failed = fd < 0 || write(fd, text, strlen(text)) < 0;
    if (fd >= 0)
        close(fd);
    return failed;
}

/* Map a single id: inside it is nobody, outside it is the id of the process. */
static void map_user(unsigned outer_uid, unsigned outer_gid)
{
    char map[64];
    write_own("setgroups", "deny"); /* absent before Linux 3.19, then not needed */
    snprintf(map, sizeof map, "%u %u 1", NOBODY, outer_uid);
    if (write_own("uid_map", map))
        tell(WITHOUT, CLONE_NEWUSER, "uid_map");
    snprintf(map, sizeof map, "%u %u 1", NOBODY, outer_gid);
    if (write_own("gid_map", map))
        tell(WITHOUT, CLONE_NEWUSER, "gid_map");
}

void set_capabilities(unsigned long long kept)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct both[2] = {{0}};
    for (int i = 0; i < 2; i++)
        both[i].effective = both[i].permitted = (unsigned)(kept >> 32 * i);
    if (syscall(SYS_capset, &header, both))
        tell(FATAL, 0, "capset");
}

unsigned long long capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct both[2] = {{0}};
    if (syscall(SYS_capget, &header, both))
        tell(FATAL, 0, "capget");
    return both[0].permitted | (unsigned long long)both[1].permitted << 32;
}

void give_streams(uid_t uid)
{
    struct stat about;
    for (int fd = 0; fd < 3; fd++)
        if (!fstat(fd, &about) && S_ISFIFO(about.st_mode) && fchown(fd, uid, uid))
            tell(WITHOUT, OTHER_USER | OWN_ACCOUNT, "fchown");
}

/* Change from root to nobody for good, in a user namespace that the user nobody owns. Root created the
 * root of the box and its network before, so no capability inside can change them. */
static void become_nobody(const struct box *box)
{
    give_streams(NOBODY);
    prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY)
        || setresuid(NOBODY, NOBODY, NOBODY))
        tell(WITHOUT, OTHER_USER, "setresuid");
    if (!(box->want & CLONE_NEWUSER))
        return;
    set_capabilities(capabilities()); /* some systems permit unshare only to a privileged process */
    if (unshare(CLONE_NEWUSER))
        tell(WITHOUT, CLONE_NEWUSER, "unshare");
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* makes nobody the owner of the process's /proc files */
    map_user(NOBODY, NOBODY);
}

/* Set the loopback interface up, and with it all of 127.0.0.0/8. */
static void raise_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request))
        tell(WITHOUT, CLONE_NEWNET, "SIOCGIFFLAGS");
    request.ifr_flags |= IFF_UP;
    if (ioctl(fd, SIOCSIFFLAGS, &request))
        tell(WITHOUT, CLONE_NEWNET, "SIOCSIFFLAGS");
    close(fd);
}

static void limit(int resource, rlim_t soft, rlim_t hard, const char *name)
{
    struct rlimit both = {soft, hard};
    if (setrlimit(resource, &both))
        tell(FATAL, 0, name);
}

static void set_limits(const struct box *box)
{
    if (CPU_COUNT(&box->cpus) && sched_setaffinity(0, sizeof box->cpus, &box->cpus))
        tell(FATAL, 0, "sched_setaffinity");
    limit(RLIMIT_CORE, 0, 0, "RLIMIT_CORE");
    if (box->nofile.rlim_max)
        limit(RLIMIT_NOFILE, box->nofile.rlim_cur, box->nofile.rlim_max, "RLIMIT_NOFILE");
    if (box->memory)
        limit(RLIMIT_DATA, box->memory, box->memory, "RLIMIT_DATA");
    if (box->output)
        limit(RLIMIT_FSIZE, box->output, box->output, "RLIMIT_FSIZE");
    else if (box->files) {
        limit(RLIMIT_FSIZE, box->files, box->files, "RLIMIT_FSIZE");
        signal(SIGXFSZ, SIG_IGN); /* a write that is too long fails, as on a full disk */
    }
    tell(LIMITED, 0, "RLIMIT_NOFILE");
}

void drop_bounds(unsigned long long kept)
{
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        if (!(kept >> cap & 1))
            prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); /* fails without CAP_SETPCAP: then execve gives no capability anyway */
}

/* A tracer that is root keeps the capabilities to attach to a process of another user, to read what its
 * descriptors are, and to detach from it. Where it has none of those, it keeps what a held box has, and
 * what it needs to look at /proc as the user of that box. */
static void drop_privileges(const struct box *box)
{
    unsigned long long kept = 0;
    if (box->traces && !box->uid)
        kept = 1ULL << CAP_SYS_PTRACE | 1ULL << CAP_DAC_READ_SEARCH | 1ULL << CAP_KILL;
    if (box->traces && box->account)
        kept |= 1ULL << CAP_SETUID | 1ULL << CAP_SETGID;
    kept &= capabilities();
    drop_bounds(kept);
    set_capabilities(kept);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        tell(FATAL, 0, "PR_SET_NO_NEW_PRIVS");
}

/* If the parent ended before the prctl, its socket is at its end. getppid() cannot tell: it is 0 here. */
static void end_with_parent(void)
{
    char byte;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || recv(parent, &byte, 1, MSG_DONTWAIT) == 0)
        _exit(125);
}

_Noreturn void become_command(const struct box *box, int parent_socket)
{
    sigset_t none;
    char go;

    parent = parent_socket;
    if (recv(parent, &go, 1, 0) != 1)
        _exit(125);
    end_with_parent();
    umask(022);
    syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL); /* otherwise the box could use the keys of the user */
    own_proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if ((box->want & (CLONE_NEWUSER | OTHER_USER)) == CLONE_NEWUSER)
        map_user(box->uid, box->gid);
    if (box->want & CLONE_NEWNET)
        raise_loopback();
    if (box->want & CLONE_NEWNS)
        build_root(box);
    if (box->folder && chdir(box->folder))
        tell(FATAL, 0, box->folder);
    /* Orphans become children of the command, as they do under PID 1, and are accounted with it. */
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (setsid() < 0)
        tell(FATAL, 0, "setsid");
    set_limits(box);
    if (box->want & OTHER_USER)
        become_nobody(box);
    if (box->want & OWN_ACCOUNT)
        become_account(box);
    else if (box->account)
        give_streams(box->account); /* a tracer: it opens /dev/stdout as that user */
    if (box->pids) /* after the user namespace, which would inherit the limit for all boxes of that user */
        limit(RLIMIT_NPROC, box->pids, box->pids, "RLIMIT_NPROC");
    drop_privileges(box);
    if (box->want & LANDLOCK)
        confine_files(box);
    require_closed(box);
    end_with_parent(); /* again: a change of user clears PR_SET_PDEATHSIG */
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (syscall(CALL_CLOSE_RANGE, 3, ~0U, RANGE_CLOEXEC))
        for (int fd = 3; fd < 65536; fd++)
            fcntl(fd, F_SETFD, FD_CLOEXEC);
    if (box->want & FILTER)
        deny_calls(box);
    execv(*box->command, box->command);
    tell(FATAL, 0, "execve");
    _exit(125);
}
