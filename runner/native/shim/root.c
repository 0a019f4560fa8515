/*
 * The root of the box: an empty file system in memory, with the system's programs and libraries and
 * the paths of --see mounted read-only. Then the old root is detached. A path that is not mounted does
 * not exist in the box: no home, no other lab, no results, no sockets of daemons.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

/* <linux/mount.h> and <sys/mount.h> may not be included together. */
enum { TREE_CLONE = 1, TREE_RECURSIVE = 0x8000, MOVE_EMPTY_PATH = 4, EMPTY_PATH = 0x1000 };
enum { ATTR_RDONLY = 1, ATTR_NOSUID = 2, ATTR_NODEV = 4 };

static const char *const links[][2] = {{"/proc/self/fd", "dev/fd"},
                                       {"/proc/self/fd/0", "dev/stdin"},
                                       {"/proc/self/fd/1", "dev/stdout"},
                                       {"/proc/self/fd/2", "dev/stderr"}};

/* A symbolic link stays one (/bin on most systems); a missing path is skipped. */
const char *const system_paths[SYSTEM_PATHS] = {
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store",
    "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
    "/etc/localtime", "/etc/protocols", "/etc/services", "/etc/mime.types", "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf", "/sys/devices/system/cpu"};

const char *const devices[DEVICES] = {
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"};

static void refuse(const char *what)
{
    tell(WITHOUT, CLONE_NEWNS, what);
}

static void set_mount(int at, const char *path, int flags, uint64_t set)
{
    struct { uint64_t set, clear, propagation, userns; } attributes = {set, 0, 0, 0};
    if (syscall(CALL_MOUNT_SETATTR, at, path, flags, &attributes, sizeof attributes))
        refuse("mount_setattr");
}

/* A detached mount of `path`; `put` attaches it when the new root exists. */
static int taken(const char *path, uint64_t attributes)
{
    int fd = (int)syscall(CALL_OPEN_TREE, AT_FDCWD, path, TREE_CLONE | TREE_RECURSIVE | O_CLOEXEC);
    if (fd >= 0)
        set_mount(fd, "", EMPTY_PATH | TREE_RECURSIVE, attributes);
    return fd;
}

/* Create the parent folders. A failure shows in the next call, which needs them. */
static void make_parents(const char *path)
{
    char part[4096];
    for (size_t i = 1; path[i] && i < sizeof part - 1; i++)
        if (path[i] == '/') {
            snprintf(part, i + 1, "%s", path);
            mkdir(part, 0755);
        }
}

/* `path` is absolute in the box, and the root of the box is the working directory. */
static void put(int tree, const char *path)
{
    struct stat about;
    const char *at = path + 1;
    make_parents(at);
    if (fstat(tree, &about))
        refuse(path);
    if (S_ISDIR(about.st_mode))
        mkdir(at, 0755);
    else
        close(open(at, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    if (syscall(CALL_MOVE_MOUNT, tree, "", AT_FDCWD, at, MOVE_EMPTY_PATH))
        refuse(path);
    close(tree);
}

static void own_memory(const char *at, unsigned long long bytes, const char *mode)
{
    char options[64];
    snprintf(options, sizeof options, "size=%llu,mode=%s", bytes, mode);
    mkdir(at, 0755);
    if (mount("tmpfs", at, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options))
        refuse(at);
}

/* A folder that must not be visible, in the place where it is now: the system's, or a sight's. */
static void cover(const char *path)
{
    if (mount("tmpfs", path + 1, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")
        && errno != ENOENT && errno != ENOTDIR)
        refuse(path);
}

static int inside_a_sight(const struct box *box, const char *path)
{
    for (int i = 0; i < box->see_count; i++) {
        size_t length = strlen(box->see[i].at);
        if (!strncmp(path, box->see[i].at, length) && path[length] == '/')
            return 1;
    }
    return 0;
}

static void write_text(const char *path, const char *text)
{
    make_parents(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        refuse(path);
    close(fd);
}

/* The files in which the C library looks up names. Without a network no name server is listed. */
static void write_etc(void)
{
    struct utsname system;
    char hosts[256];
    uname(&system);
    snprintf(hosts, sizeof hosts, "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 %.64s\n",
             system.nodename);
    write_text("etc/hosts", hosts);
    write_text("etc/passwd", "root:x:0:0:root:/:/usr/sbin/nologin\n"
                             "nobody:x:65534:65534:nobody:/tmp:/usr/sbin/nologin\n");
    write_text("etc/group", "root:x:0:\nnogroup:x:65534:\n");
    write_text("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\nservices: files\n"
                                    "protocols: files\n");
    write_text("etc/resolv.conf", "");
}

/* A /proc with the processes of the box alone. If the kernel refuses it, the box gets the /proc of the
 * machine: the kernel hides the files, the root and the environment of a process from other user
 * namespaces. Without a user namespace it would not, so a server then has no /proc. */
static void mount_proc(const struct box *box)
{
    int shown = box->own_tool || box->want & CLONE_NEWUSER;
    int theirs = shown ? taken("/proc", ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV) : -1;
    mkdir("proc", 0755);
    if ((box->want & CLONE_NEWPID)
        && !mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL)) {
        if (theirs >= 0)
            close(theirs);
        return;
    }
    if (box->want & CLONE_NEWPID)
        tell(REMARK, 0, "mount");
    if (theirs >= 0)
        put(theirs, "/proc");
}

void build_root(const struct box *box)
{
    static const uint64_t closed = ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV;
    int system_trees[SYSTEM_PATHS], device_trees[DEVICES], see_trees[MANY];
    char target[4096];

    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
        refuse("mount MS_PRIVATE");
    /* Take every mount from outside first, because the new root covers /tmp, where some of them may be. */
    for (int i = 0; i < SYSTEM_PATHS; i++) {
        struct stat about;
        int there = !lstat(system_paths[i], &about) && !S_ISLNK(about.st_mode);
        system_trees[i] = there ? taken(system_paths[i], closed) : -1;
        if (there && system_trees[i] < 0)
            refuse(system_paths[i]);
    }
    for (int i = 0; i < DEVICES; i++)
        if ((device_trees[i] = taken(devices[i], ATTR_RDONLY | ATTR_NOSUID)) < 0)
            refuse(devices[i]);
    for (int i = 0; i < box->see_count; i++)
        if ((see_trees[i] = taken(box->see[i].from, closed)) < 0)
            tell(errno == ENOENT || errno == EACCES ? FATAL : WITHOUT, CLONE_NEWNS,
                 box->see[i].from);

    if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755") || chdir("/tmp"))
        refuse("/tmp");
    for (int i = 0; i < SYSTEM_PATHS; i++) {
        ssize_t length = readlink(system_paths[i], target, sizeof target - 1);
        if (system_trees[i] >= 0) {
            put(system_trees[i], system_paths[i]);
        } else if (length > 0) {
            target[length] = 0;
            make_parents(system_paths[i] + 1);
            if (symlink(target, system_paths[i] + 1))
                refuse(system_paths[i]);
        }
    }
    write_etc();
    for (int i = 0; i < DEVICES; i++)
        put(device_trees[i], devices[i]);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        if (symlink(links[i][0], links[i][1]))
            refuse(links[i][1]);
    own_memory("dev/shm", 16 << 20, "1777");
    own_memory("run", 64 << 10, "1777");
    own_memory("tmp", box->tmp, "1777");
    mount_proc(box);
    for (int i = 0; i < box->hide_count; i++)
        cover(box->hide[i]);
    for (int i = 0; i < box->see_count; i++)
        put(see_trees[i], box->see[i].at);
    for (int i = 0; i < box->hide_count; i++)
        if (inside_a_sight(box, box->hide[i]))
            cover(box->hide[i]);
    for (int i = 0; i < box->hide_count; i++)
        if (!access(box->hide[i] + 1, F_OK))
            set_mount(AT_FDCWD, box->hide[i] + 1, 0, ATTR_RDONLY);
    set_mount(AT_FDCWD, ".", 0, ATTR_RDONLY);
    /* The system call filters of some containers refuse pivot_root. After the second way the old root is
     * below the new one: no path leads to it, and a process with fewer privileges cannot unmount what
     * covers it. */
    int left = !syscall(SYS_pivot_root, ".", ".") && !umount2(".", MNT_DETACH);
    if (!left && (mount(".", "/", NULL, MS_MOVE, NULL) || chroot(".")))
        refuse("pivot_root");
    if (chdir("/"))
        refuse("chdir");
}
