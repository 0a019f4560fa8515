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
#include <sys/wait.h>
#include <unistd.h>

/* A child that has ended stays in the process table as a zombie until its parent waits for it.
 * SIGCHLD does not queue: one signal may stand for several children, so call waitpid until no
 * ended child is left. With SIG_IGN the kernel would reap the children, but times(2) would not
 * include their CPU time. */
static void reap_children(int number)
{
    (void)number;
    int saved = errno; /* of the call that the signal interrupted */
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

static void watch_children(void)
{
    struct sigaction action = {.sa_handler = reap_children};
    action.sa_flags = SA_RESTART | SA_NOCLDSTOP; /* the interrupted accept restarts */
    if (sigaction(SIGCHLD, &action, NULL) == -1)
        die("sigaction");
}

/* recv and send block. The child does nothing else until its client leaves. */
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
            /* Only the parent accepts new clients. */
            if (close(listener) == -1)
                die("close");
            serve_client(fd);
            _exit(0);
        }
        /* The child has its own descriptor for the same connection. The client sees EOF only
         * when both descriptors are closed. */
        close_client(fd);
    }
}
