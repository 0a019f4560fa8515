/*
 * prefork: a fixed number of processes, each with its own listener on the same port.
 *
 * Wait:        each worker sleeps inside accept, and then inside recv, for one client only
 * Copy:        the worker, inside recv and send, before they return
 * Idle client: keeps a whole worker asleep, so all clients in the listen queue of that worker wait
 * Ceiling:     WORKERS clients at a time, often fewer: a hash of both addresses and both ports
 *              assigns a new client to a worker, even to a busy one
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One listener and one process for each worker, at the same index in both arrays. The parent
 * keeps every listener open: if a worker dies, the clients in its listen queue keep their
 * connections, and the worker that replaces it accepts them. */
static int *listeners;
static pid_t *workers;
static int count;

/* Open another listener on the port of the first. SO_REUSEPORT allows this among sockets that
 * have all set it, by socket(7) before bind. The first listener sets it after bind, so a port that
 * another server uses is still an error, even if that server is a prefork server. Linux permits
 * this, because it compares the option of all sockets when a further one binds. */
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

/* recv and send block. The worker does nothing else until this client leaves. */
static void serve_client(int fd)
{
    echo_until_closed(fd);
    close_client(fd);
}

/* A worker is the server of labs/blocking. It closes the listeners of the other workers. */
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

/* If a limit on processes is reached, fork may succeed a moment later: try again. */
static void start_worker(int slot)
{
    pid_t parent = getpid();
    while ((workers[slot] = fork()) == -1)
        nanosleep(&(struct timespec){.tv_nsec = 100 * 1000 * 1000}, NULL);
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

    /* The parent serves no client. It sleeps until a worker dies, and starts a new worker in
     * its place. */
    for (;;) {
        pid_t pid = wait(NULL);
        if (pid == -1 && errno == EINTR)
            continue;
        if (pid == -1)
            die("wait");
        for (int i = 0; i < count; i++)
            if (workers[i] == pid)
                start_worker(i);
    }
}
