/*
 * fork: a process for every client.
 *
 * Wait:        the parent sleeps inside accept, each client's own child inside recv
 * Copy:        the client's child, inside recv and send, before they return
 * Idle client: a sleeping process: kernel stack, page tables, and each page written since the fork
 * Ceiling:     processes (memory, pids limit, RLIMIT_NPROC); the parent keeps no descriptor
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that ended keeps its process table entry, a zombie, until its parent has asked
 * how it ended. Signals do not count: one SIGCHLD may stand for many children, so ask
 * until there is none. SIG_IGN would reap them too, but lose their CPU time for times(2). */
static void reap_children(int number)
{
    (void)number;
    int saved = errno; /* of the call that the signal came into */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

static void watch_children(void)
{
    struct sigaction action = {.sa_handler = reap_children};
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP; /* accept goes on sleeping */
    if (sigaction(SIGCHLD, &action, NULL) == -1)
        die("sigaction");
}

/* The child dies with its parent, however that happens. The parent may have died before
 * the child could ask for this: then the child has another parent by now. */
static void follow_parent(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
        die("prctl");
    if (getppid() != parent)
        _exit(0);
}

/* recv and send return when they are done. Until then this is all the child does. */
static void serve_client(int fd)
{
    echo_until_closed(fd);
    close_client(fd);
}

int main(void)
{
    obey_signals();
    watch_children();
    int listener = open_listener(0);
    pid_t parent = getpid();
    say_ready(listener, "fork");

    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        pid_t child = fork();
        if (child == -1) {
            refuse_client(fd, "PROCESSES", fd);
            continue;
        }
        if (child == 0) {
            follow_parent(parent);
            /* New clients are the parent's business. */
            if (close(listener) == -1)
                die("close");
            serve_client(fd);
            _exit(0);
        }
        /* The child has its own descriptor of the same connection. Only when both are
         * closed does the client see EOF. */
        close_client(fd);
    }
}
