/* Shared declarations: shim.c is the parent, inside.c is the child that executes the command, root.c
 * builds the file system of the child, deny.c installs its filter of system calls. account.c and landlock.c
 * confine the child where the kernel refuses namespaces, end.c kills what is left of it. */
#define _GNU_SOURCE
#include <linux/filter.h>
#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { MANY = 64 };

/* System calls that some C libraries do not know; the numbers are the same on every architecture
 * except alpha. */
enum {
    CALL_OPEN_TREE = 428,
    CALL_MOVE_MOUNT = 429,
    CALL_PIDFD_OPEN = 434,
    CALL_CLOSE_RANGE = 436,
    CALL_MOUNT_SETATTR = 442
};

enum { NOBODY = 65534 };

/* Not a namespace, but granted or refused like one: a change to the real user id 65534. The lowest
 * byte of clone's flags is a signal, so no namespace has this bit. */
#define OTHER_USER 1UL

/* The same for the filter of --deny, which needs no namespace and is refused with none. */
#define FILTER 2UL

/* Instead of namespaces: the real user id of --account, and Landlock. */
#define OWN_ACCOUNT 4UL
#define LANDLOCK 8UL

/* A file or folder of the machine, and its path in the box. */
struct sight {
    const char *from, *at;
};

struct box {
    unsigned long want;   /* namespaces to create, CLONE_NEW..., OTHER_USER and FILTER */
    unsigned long joined; /* namespaces of another box */
    struct rlimit nofile;
    rlim_t memory, pids, output; /* RLIMIT_DATA, RLIMIT_NPROC and RLIMIT_FSIZE, 0 for none */
    rlim_t files;                /* RLIMIT_FSIZE without its signal */
    unsigned long long tmp;      /* bytes of the box's own /tmp */
    int own_tool;                /* a program of the runner, which may see the machine's /proc */
    int traces;                  /* as root it keeps the capabilities of a tracer */
    cpu_set_t cpus;
    struct sock_fprog filter; /* of --deny */
    uid_t uid;
    gid_t gid;
    uid_t account;    /* of --account, 0 for none; its group has the same number */
    int held;         /* it waits for a line on stdin before it gives root up */
    unsigned port;    /* the only TCP port that it may connect to */
    const char *own;  /* the folder of the box; it may write to `tmp` in it */
    const char *closed[MANY]; /* paths that it must not be able to open */
    int closed_count;
    struct sight see[MANY];
    const char *hide[MANY]; /* folders below the system's paths that must not be visible */
    int see_count, hide_count;
    const char *folder; /* the working directory of the command */
    char **command;
};

/* The options of the shim. */
struct order {
    struct box box;
    unsigned long without; /* the part of `want` that is not attempted */
    int whole;             /* every other refusal is an error */
    int status_fd, cgroups[MANY], cgroup_count;
    pid_t runner, beside;
};

enum { SPACES = 10 };
extern const struct space {
    const char *name;
    unsigned long flag;
} spaces[SPACES];

void parse(int argc, char **argv, struct order *order);

/* Write `call: strerror(errno)` to the status descriptor, and exit. */
_Noreturn void die(const char *call);

/* From the child to the parent: REMARK, something is missing; WITHOUT, try again without `flags`;
 * FATAL, give up; LIMITED, this limit is in force; HELD, it waits for a line on stdin. */
enum outcome { REMARK, WITHOUT, FATAL, LIMITED, HELD };
struct news {
    enum outcome outcome;
    struct rlimit nofile;
    unsigned long flags;
    int number; /* errno */
    char call[400];
};

/* Ends the child unless the outcome is REMARK, LIMITED or HELD. `call` is the call that set errno; without
 * an errno it is a path that the box may open. */
void tell(enum outcome outcome, unsigned long flags, const char *call);

/* Read the filter of --deny, and install it: execve comes next. */
void read_filter(struct box *box, const char *digits);
void deny_calls(const struct box *box);

/* The paths that every box sees, read-only, and its devices. */
enum { SYSTEM_PATHS = 20, DEVICES = 5 };
extern const char *const system_paths[SYSTEM_PATHS], *const devices[DEVICES];

/* Build a file system with the system's programs and the paths of --see, and nothing else. */
void build_root(const struct box *box);

/* Capabilities of the child, and its bounding set without all but `kept`. */
unsigned long long capabilities(void);
void set_capabilities(unsigned long long kept);
void drop_bounds(unsigned long long kept);

/* Make the user the owner of the pipes on stdin, stdout and stderr: else /dev/stdout cannot be opened. */
void give_streams(uid_t uid);

/* Give root up for the user of --account; refuse if that user may open a path of --closed. */
void become_account(const struct box *box);
void require_closed(const struct box *box);

/* Kill what the command left, and with --account all processes of that user. */
void kill_the_rest(void);
void end_account(uid_t uid);

/* Install the rules of Landlock. */
void confine_files(const struct box *box);

/* The child, from its first instruction to execve. Over `parent` it receives the signal to start, and
 * sends its news. execve closes the socket, so its end tells the parent that execve succeeded. */
_Noreturn void become_command(const struct box *box, int parent);
