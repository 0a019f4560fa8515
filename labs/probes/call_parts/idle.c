/* idle.c: idle TCP connections, whose other ends a second process holds. See idle.h.
 *
 * With both ends in one process only half as many could be watched as its limit allows. */
#define _GNU_SOURCE
#include "idle.h"
#include "finding.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void hold(int listener)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
        die("prctl");
    for (;;)
        if (accept4(listener, NULL, NULL, SOCK_CLOEXEC) == -1)
            die("accept4");
}

struct idle *connect_idle(int count)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct linger by_reset = {.l_onoff = 1}; /* thousands of connections leave no TIME_WAIT */
    socklen_t length = sizeof address;
    struct idle *idle = malloc(sizeof *idle);
    if (idle == NULL || (idle->fds = calloc((size_t)count, sizeof *idle->fds)) == NULL)
        die("malloc");
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener == -1)
        die("socket");
    if (bind(listener, (struct sockaddr *)&address, length) == -1)
        die("bind");
    if (listen(listener, SOMAXCONN) == -1)
        die("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &length) == -1)
        die("getsockname");
    idle->count = count;
    if ((idle->holder = fork()) == -1)
        die("fork");
    if (idle->holder == 0)
        hold(listener);
    for (int i = 0; i < count; i++) {
        int fd = idle->fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd == -1)
            die("socket");
        if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &by_reset, sizeof by_reset) == -1)
            die("setsockopt");
        if (connect(fd, (struct sockaddr *)&address, length) == -1)
            die("connect");
    }
    if (close(listener) == -1)
        die("close");
    return idle;
}

void close_idle(struct idle *idle)
{
    for (int i = 0; i < idle->count; i++)
        if (close(idle->fds[i]) == -1)
            die("close");
    if (kill(idle->holder, SIGKILL) == -1 || waitpid(idle->holder, NULL, 0) == -1)
        die("waitpid");
    free(idle->fds);
    free(idle);
}
