/* Inside: what the child does in its new namespaces before it becomes the command. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <linux/mount.h> and <sys/mount.h> may not be included together. */
enum { TREE_CLONE = 1, TREE_RECURSIVE = 0x8000, MOVE_EMPTY_PATH = 4, RANGE_CLOEXEC = 4 };
enum { ATTR_RDONLY = 1, ATTR_NOSUID = 2, ATTR_NODEV = 4 };

static int parent;

static void tell(enum outcome outcome, unsigned long flags, const char *call)
{
    struct news news = {.outcome = outcome, .flags = flags};
    snprintf(news.text, sizeof news.text, "%s: %s", call, strerror(errno));
    if (send(parent, &news, sizeof news, MSG_NOSIGNAL) < 0 || outcome != REMARK)
        _exit(125);
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int failed = fd < 0 || write(fd, text, strlen(text)) < 0;
    if (fd >= 0)
        close(fd);
    return failed;
}

/* The caller's own ids and no others: its files stay its own, and outside root is nobody inside. */
static void map_user(const struct box *box)
{
    char map[64];
    write_file("/proc/self/setgroups", "deny"); /* absent before Linux 3.19, then not needed */
    snprintf(map, sizeof map, "%u %u 1", box->uid, box->uid);
    if (write_file("/proc/self/uid_map", map))
        tell(WITHOUT, CLONE_NEWUSER, "uid_map");
    snprintf(map, sizeof map, "%u %u 1", box->gid, box->gid);
    if (write_file("/proc/self/gid_map", map))
        tell(WITHOUT, CLONE_NEWUSER, "gid_map");
}

/* Up, and with it all of 127.0.0.0/8. */
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

static void set_mount(const char *path, int flags, uint64_t set, uint64_t clear)
{
    struct { uint64_t set, clear, propagation, userns; } attributes = {set, clear, 0, 0};
    if (syscall(CALL_MOUNT_SETATTR, AT_FDCWD, path, flags, &attributes, sizeof attributes))
        tell(WITHOUT, CLONE_NEWNS, "mount_setattr");
}

static void make_directories(const char *path)
{
    char part[4096];
    for (size_t i = 1; path[i - 1] && i < sizeof part - 1; i++)
        if (path[i] == '/' || !path[i]) {
            snprintf(part, i + 1, "%s", path);
            mkdir(part, 0755); /* those that exist, exist; a failure shows in move_mount */
        }
}

/* Everything read-only and without devices: who owns /dev/sda may write to it even on a read-only
 * mount. Small file systems over what must be writable, and over /run, where sockets live that
 * lead out (a Docker daemon's) and that neither a mount's flags nor a net namespace stop. */
static void confine_files(const struct box *box)
{
    static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"};
    static const struct { const char *at, *options; } own[] = {
        {"/tmp", "size=16m,mode=1777"}, {"/dev/shm", "size=16m,mode=1777"}, {"/run", "size=64k"}};
    int kept[MANY];

    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        tell(WITHOUT, CLONE_NEWNS, "mount MS_PRIVATE");
    for (int i = 0; i < 4; i++)
        if (mount(devices[i], devices[i], NULL, MS_BIND, NULL))
            tell(WITHOUT, CLONE_NEWNS, devices[i]);
    set_mount("/", TREE_RECURSIVE, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV, 0);
    for (int i = 0; i < 4; i++)
        set_mount(devices[i], 0, 0, ATTR_NODEV);
    for (int i = 0; i < box->keep_count; i++)
        kept[i] = (int)syscall(CALL_OPEN_TREE, AT_FDCWD, box->keep[i],
                               TREE_CLONE | TREE_RECURSIVE | O_CLOEXEC);
    for (int i = 0; i < 3; i++)
        if (mount("tmpfs", own[i].at, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, own[i].options)
            && errno != ENOENT)
            tell(WITHOUT, CLONE_NEWNS, own[i].at);
    for (int i = 0; i < box->keep_count; i++) {
        make_directories(box->keep[i]);
        if (syscall(CALL_MOVE_MOUNT, kept[i], "", AT_FDCWD, box->keep[i], MOVE_EMPTY_PATH))
            tell(WITHOUT, CLONE_NEWNS, "move_mount");
        close(kept[i]);
    }
    if ((box->want & CLONE_NEWPID)
        && mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL))
        tell(REMARK, 0, "mount");
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
    if (box->pids)
        limit(RLIMIT_NPROC, box->pids, box->pids, "RLIMIT_NPROC");
}

static void drop_privileges(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        prctl(PR_CAPBSET_DROP, cap, 0, 0, 0); /* refused to who has none: no exec gives it any */
    if (syscall(SYS_capset, &header, none))
        tell(FATAL, 0, "capset");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        tell(FATAL, 0, "PR_SET_NO_NEW_PRIVS");
}

_Noreturn void become_command(const struct box *box, int told)
{
    sigset_t none;
    char go;

    /* A parent that ended before the prctl shows in the third call: getppid is always 0 in here. */
    parent = told;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) || recv(parent, &go, 1, 0) != 1
        || recv(parent, &go, 1, MSG_DONTWAIT) == 0)
        _exit(125);
    if (box->want & CLONE_NEWUSER)
        map_user(box);
    if (box->want & CLONE_NEWNET)
        raise_loopback();
    if (box->want & CLONE_NEWNS)
        confine_files(box);
    /* Orphans become the command's children, as they do for PID 1, and are accounted with it. */
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (setsid() < 0)
        tell(FATAL, 0, "setsid");
    set_limits(box);
    drop_privileges();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (syscall(CALL_CLOSE_RANGE, 3, ~0U, RANGE_CLOEXEC))
        for (int fd = 3; fd < 65536; fd++)
            fcntl(fd, F_SETFD, FD_CLOEXEC);
    execv(*box->command, box->command);
    tell(FATAL, 0, "execve");
    _exit(125);
}
