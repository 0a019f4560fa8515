/*
 * prefork: a fixed number of processes, each with its own listener on the same port.
 *
 * Wait:        each worker sleeps inside accept, and then inside recv, for one client alone
 * Copy:        the worker, inside recv and send, before they return
 * Idle client: keeps a whole worker asleep, and everybody in that worker's backlog waiting
 * Ceiling:     WORKERS clients at a time; fewer, because a newcomer is given to a worker by a hash
 *              of its address, busy or not
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* One listener and one process for each worker, at the same place in both arrays. The
 * parent keeps every listener open: should a worker die, those who wait in its backlog
 * lose nothing, and whoever takes its place finds them. */
static int *listeners;
static pid_t *workers;
static int count;

/* Another listener on the port of the first. SO_REUSEPORT allows that among sockets that
 * all ask for it. The first asks only now, when it has the port: so a port that somebody
 * else uses is still an error, even if that is another prefork. */
static int share_port(int first)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int on = 1;

    if (getsockname(first, (struct sockaddr *)&address, &length) == -1)
        die("getsockname");
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener == -1)
        die("socket");
    if (setsockopt(first, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == -1)
        die("setsockopt");
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == -1)
        die("setsockopt");
    if (setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1)
        die("setsockopt");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind");
    if (listen(listener, read_setting("BACKLOG", 4096)) == -1)
        die("listen");
    return listener;
}

/* The worker dies with its parent, however that happens. The parent may have died before
 * the worker could ask for this: then the worker has another parent by now. */
static void follow_parent(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
        die("prctl");
    if (getppid() != parent)
        _exit(0);
}

/* recv and send return when they are done. Until then this is all the worker does. */
static void serve_client(int fd)
{
    echo_until_closed(fd);
    close_client(fd);
}

/* A worker is the server of labs/blocking. It closes what belongs to the others. */
_Noreturn static void work(int listener)
{
    for (int i = 0; i < count; i++)
        if (listeners[i] != listener && close(listeners[i]) == -1)
            die("close");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        serve_client(fd);
    }
}

/* When there is no room for a process now, there may be a moment later. */
static void start_worker(int slot)
{
    pid_t parent = getpid();
    while ((workers[slot] = fork()) == -1)
        poll(NULL, 0, 100);
    if (workers[slot] == 0) {
        follow_parent(parent);
        work(listeners[slot]);
    }
}

int main(void)
{
    obey_signals();
    count = read_setting("WORKERS", 16);
    if (count == 0) {
        fprintf(stderr, "WORKERS=0: expected at least one\n");
        exit(2);
    }
    listeners = calloc((size_t)count, sizeof *listeners);
    workers = calloc((size_t)count, sizeof *workers);
    if (listeners == NULL || workers == NULL)
        die("calloc");

    listeners[0] = open_listener(0);
    for (int i = 1; i < count; i++)
        listeners[i] = share_port(listeners[0]);
    for (int i = 0; i < count; i++)
        start_worker(i);
    say_ready(listeners[0], "prefork");

    /* The parent serves nobody. It sleeps until a worker dies, and puts another in its place. */
    for (;;) {
        pid_t gone = wait(NULL);
        if (gone == -1 && errno == EINTR)
            continue;
        if (gone == -1)
            die("wait");
        for (int i = 0; i < count; i++)
            if (workers[i] == gone)
                start_worker(i);
    }
}
