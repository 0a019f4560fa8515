/*
 * Where the kernel refuses namespaces to root, as in a container without privileges: each box runs as a
 * user id of its own. That user owns nothing, so the permissions of files and of signals separate the
 * box from the runner and from other boxes.
 */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

/* PR_SET_PTRACER with PR_SET_PTRACER_ANY, for kernels with Yama: else only a process above may attach. */
static void admit_tracer(int admit)
{
    prctl(0x59616d61, admit ? ~0UL : 0UL, 0, 0, 0);
}

/* Wait for a line on stdin. The tracer attaches meanwhile: it has no capability to attach to a process of
 * another user, but it may attach to one that is still root, and it stays attached. */
static void hold(void)
{
    char byte = 0;
    admit_tracer(1);
    tell(HELD, 0, "hold");
    while (byte != '\n') {
        ssize_t got = read(0, &byte, 1);
        if (got == 0 || (got < 0 && errno != EINTR))
            _exit(125);
    }
    admit_tracer(0);
}

/* The runner's own share of a CPU quota must suffice to end the box, however many processes that has, and
 * of all processes the kernel is to choose one of the box when memory runs out. */
static void come_last(void)
{
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, "1000", 4) < 0)
        tell(FATAL, 0, "oom_score_adj");
    close(fd);
    setpriority(PRIO_PROCESS, 0, 19);
}

void become_account(const struct box *box)
{
    static const unsigned long long needed = 1ULL << CAP_SETUID | 1ULL << CAP_SETGID;
    give_streams(box->account);
    if (box->own)
        come_last();
    drop_bounds(0);
    set_capabilities(capabilities() & needed); /* no more than the tracer has, or it could not attach */
    if (box->held)
        hold();
    if (setgroups(0, NULL) || setresgid(box->account, box->account, box->account)
        || setresuid(box->account, box->account, box->account))
        tell(WITHOUT, OWN_ACCOUNT, "setresuid");
}

void require_closed(const struct box *box)
{
    for (int i = 0; i < box->closed_count; i++) {
        int fd = open(box->closed[i], O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
            continue;
        errno = 0;
        tell(FATAL, 0, box->closed[i]);
    }
}
