/* Every door out of a box that the kernel has.
 * Expect: passes */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void fail_if(int reached, const char *what)
{
    if (reached) {
        fprintf(stderr, "reached %s\n", what);
        _exit(9);
    }
}

static void set(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    fail_if(fd != -1 && write(fd, text, strlen(text)) > 0, path);
    close(fd);
}

static void enter(const char *path)
{
    int fd = open(path, O_RDONLY);
    fail_if(fd != -1 && setns(fd, 0) == 0, path);
    close(fd);
}

__attribute__((constructor)) static void attack(void)
{
    fail_if(setuid(0) == 0, "root");
    fail_if(setgid(0) == 0, "the group of root");
    fail_if(chroot("/tmp") == 0, "another root folder");
    fail_if(mount("none", "/tmp", "tmpfs", 0, "size=1g") == 0, "a new mount");
    fail_if(mount("/", "/tmp", NULL, MS_BIND | MS_REC, NULL) == 0, "a mount of /");
    fail_if(umount2("/proc", MNT_DETACH) == 0, "what is below /proc");
    fail_if(syscall(SYS_pivot_root, "/tmp", "/tmp") == 0, "another root");
    fail_if(mknod("/tmp/disk", S_IFBLK | 0666, makedev(8, 0)) == 0, "a disk");
    enter("/proc/1/ns/mnt");
    enter("/proc/1/ns/net");
    enter("/proc/1/ns/pid");
    set("/proc/sys/kernel/core_pattern", "|/tmp/evil");
    set("/proc/sys/kernel/hostname", "owned");
    set("/proc/sys/vm/overcommit_memory", "2");
    set("/proc/sysrq-trigger", "h");
    set("/sys/fs/cgroup/cgroup.procs", "1");
    set("/sys/kernel/mm/transparent_hugepage/enabled", "never");
    set("/proc/1/oom_score_adj", "-1000");
    fail_if(syscall(SYS_init_module, "", 0L, "") == 0, "the kernel's modules");
    fail_if(syscall(SYS_reboot, 0xfee1dead, 672274793, 0x1234567, NULL) == 0, "the power switch");
    fail_if(sethostname("owned", 5) == 0, "the machine's name");
}
