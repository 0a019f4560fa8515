/* What the parts share: shim.c stays outside, inside.c becomes the command, in what root.c builds. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { MANY = 64 };

/* Newer than some C libraries; the numbers are the same on every architecture but alpha. */
enum {
    CALL_OPEN_TREE = 428,
    CALL_MOVE_MOUNT = 429,
    CALL_PIDFD_OPEN = 434,
    CALL_CLOSE_RANGE = 436,
    CALL_MOUNT_SETATTR = 442
};

enum { NOBODY = 65534 };

/* Not a namespace, but granted or refused as they are: a real change to the user id 65534. Clone's
 * lowest byte is a signal, so that no namespace has this bit. */
#define OTHER_USER 1UL

/* A file or folder of the machine, and its path in the box. */
struct sight {
    const char *from, *at;
};

struct box {
    unsigned long want;   /* namespaces to make, CLONE_NEW..., and OTHER_USER */
    unsigned long joined; /* those of another box */
    struct rlimit nofile;
    rlim_t memory, pids, output; /* RLIMIT_DATA, RLIMIT_NPROC and RLIMIT_FSIZE, 0 for none */
    unsigned long long tmp;      /* bytes of the box's own /tmp */
    int own_tool;                /* a program of the runner: it may see the machine's /proc */
    int traces;                  /* as root it keeps what a tracer needs */
    cpu_set_t cpus;
    uid_t uid;
    gid_t gid;
    struct sight see[MANY];
    const char *hide[MANY]; /* folders inside the system's own that must not be seen */
    int see_count, hide_count;
    const char *folder; /* where the command begins */
    char **command;
};

/* How the shim was called. */
struct order {
    struct box box;
    unsigned long without; /* what of `want` to do without from the start */
    int whole;             /* without nothing else: a refusal is an error */
    int status_fd, cgroups[MANY], cgroup_count;
    pid_t runner, beside;
};

enum { SPACES = 7 };
extern const struct space {
    const char *name;
    unsigned long flag;
} spaces[SPACES];

void parse(int argc, char **argv, struct order *order);

/* Says `call: strerror(errno)` on the status descriptor, and ends. */
_Noreturn void die(const char *call);

/* From inside to outside: something is lacking; again without `flags`; give up; this limit holds. */
enum outcome { REMARK, WITHOUT, FATAL, LIMITED };
struct news {
    enum outcome outcome;
    struct rlimit nofile;
    unsigned long flags;
    int number; /* errno */
    char call[160];
};

/* Ends the child unless the outcome is REMARK or LIMITED. `call` is what errno came from. */
void tell(enum outcome outcome, unsigned long flags, const char *call);

/* A file system that holds the system's programs, what the box is to see, and nothing else. */
void build_root(const struct box *box);

/* The child, from its first instruction to execve. `parent` tells it to go and hears its news; exec
 * closes it, so its end says that exec has happened. */
_Noreturn void become_command(const struct box *box, int parent);
