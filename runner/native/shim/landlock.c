/*
 * Landlock, in addition to a user id of its own: the box opens the system's files and its own, writes
 * only to its own and to shared temporary folders, and connects only to its own TCP port. It needs no
 * privilege, and every process of the box inherits it: landlock(7).
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { VERSION_FLAG = 1, BENEATH = 1, PORT = 2 };

/* Rights of <linux/landlock.h>, which older systems lack. */
enum {
    EXECUTE = 1, WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3, MAKE_CHAR = 1 << 6,
    MAKE_BLOCK = 1 << 11, TRUNCATE = 1 << 14, IOCTL_DEV = 1 << 15,
    CONNECT_TCP = 1 << 1,
    ABSTRACT_SOCKETS = 1, SIGNALS = 2
};
enum { OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV };

struct ruleset { uint64_t files, net, scoped; };
struct below { uint64_t allowed; int32_t parent; } __attribute__((packed));
struct port { uint64_t allowed, number; };

static const char *const own_proc[] = {
    "/proc/self", "/proc/sys", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg",
    "/proc/uptime", "/proc/version"};
static const char *const of_names[] = {
    "/etc/hosts", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/resolv.conf",
    "/etc/host.conf", "/etc/gai.conf"};
static const char *const shared[] = {"/tmp", "/dev/shm", "/dev/mqueue"};

#define EACH(list) (int)(sizeof(list) / sizeof *(list))

/* Rights that this kernel knows, by the version of its Landlock. */
static uint64_t known(long version)
{
    return version >= 5 ? 0xffff : version >= 3 ? 0x7fff : version == 2 ? 0x3fff : 0x1fff;
}

/* A path that does not exist needs no rule. */
static void allow(int rules, const char *path, uint64_t rights)
{
    struct stat about;
    struct below rule = {.parent = open(path, O_PATH | O_CLOEXEC)};
    if (rule.parent < 0 || fstat(rule.parent, &about))
        return;
    rule.allowed = S_ISDIR(about.st_mode) ? rights : rights & OF_FILES;
    if (syscall(ADD_RULE, rules, BENEATH, &rule, 0))
        tell(WITHOUT, LANDLOCK, path);
    close(rule.parent);
}

static void allow_all(int rules, const char *const *paths, int count, uint64_t rights)
{
    for (int i = 0; i < count; i++)
        allow(rules, paths[i], rights);
}

static void allow_files(int rules, const struct box *box, uint64_t all)
{
    uint64_t look = READ_FILE | READ_DIR, run = look | EXECUTE;
    uint64_t change = all & ~(uint64_t)(EXECUTE | MAKE_CHAR | MAKE_BLOCK);
    char own[4096];

    allow_all(rules, system_paths, SYSTEM_PATHS, run);
    allow_all(rules, of_names, EACH(of_names), look);
    allow_all(rules, own_proc, EACH(own_proc), look);
    allow_all(rules, devices, DEVICES, all & (READ_FILE | WRITE_FILE | IOCTL_DEV));
    allow_all(rules, shared, EACH(shared), change);
    for (int i = 0; i < box->see_count; i++)
        allow(rules, box->see[i].from, run);
    allow(rules, box->own, run);
    snprintf(own, sizeof own, "%s/tmp", box->own);
    allow(rules, own, change);
}

void confine_files(const struct box *box)
{
    long version = syscall(CREATE_RULESET, NULL, 0, VERSION_FLAG);
    if (version < 1)
        tell(WITHOUT, LANDLOCK, "landlock_create_ruleset");
    if (version < 4) {
        errno = EOPNOTSUPP;
        tell(REMARK, LANDLOCK, "landlock_add_rule");
    }
    struct ruleset about = {.files = known(version), .net = version >= 4 ? CONNECT_TCP : 0,
                            .scoped = version >= 6 ? ABSTRACT_SOCKETS | SIGNALS : 0};
    int rules = (int)syscall(CREATE_RULESET, &about, sizeof about, 0);
    if (rules < 0)
        tell(WITHOUT, LANDLOCK, "landlock_create_ruleset");
    allow_files(rules, box, about.files);
    struct port own = {.allowed = CONNECT_TCP, .number = box->port};
    if (about.net && box->port && syscall(ADD_RULE, rules, PORT, &own, 0))
        tell(WITHOUT, LANDLOCK, "landlock_add_rule");
    if (syscall(RESTRICT_SELF, rules, 0))
        tell(WITHOUT, LANDLOCK, "landlock_restrict_self");
    close(rules);
}
