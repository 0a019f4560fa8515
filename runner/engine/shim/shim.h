/* What the two halves share: shim.c stays outside, inside.c becomes the command. */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { MANY = 16 };

/* Newer than some C libraries; the numbers are the same on every architecture but alpha. */
enum {
    CALL_OPEN_TREE = 428,
    CALL_MOVE_MOUNT = 429,
    CALL_PIDFD_OPEN = 434,
    CALL_CLOSE_RANGE = 436,
    CALL_MOUNT_SETATTR = 442
};

struct box {
    unsigned long want;   /* namespaces to make, CLONE_NEW... */
    unsigned long joined; /* those of another box */
    struct rlimit nofile;
    rlim_t memory, pids; /* RLIMIT_DATA and RLIMIT_NPROC, 0 for neither */
    cpu_set_t cpus;
    uid_t uid;
    gid_t gid;
    const char *keep[MANY]; /* directories to be seen although they are under /tmp or /run */
    int keep_count;
    char **command;
};

/* From inside to outside: go on; again without `flags`; give up. */
enum outcome { REMARK, WITHOUT, FATAL };
struct news {
    enum outcome outcome;
    unsigned long flags;
    char text[120];
};

/* The child, from its first instruction to execve. `parent` tells it to go and hears its news; exec
 * closes it, so its end says that exec has happened. */
_Noreturn void become_command(const struct box *box, int parent);
