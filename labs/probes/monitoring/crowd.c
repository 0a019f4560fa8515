/* crowd.c: connections whose other ends a second process holds. See crowd.h.
 *
 * A pair of sockets takes two descriptors. With both ends in one process only half as many
 * connections could be watched as its limit allows. */
#define _GNU_SOURCE
#include "crowd.h"
#include "finding.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACKLOG = 512 };

/* Accept all connections, send a byte on some of them, and hold them until the end. */
static _Noreturn void hold(int listener, int count, bool (*is_active)(int))
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
        die("prctl");
    for (int i = 0; i < count; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd == -1)
            die("accept4");
        if (is_active(i) && send(fd, "x", 1, 0) != 1)
            die("send");
    }
    for (;;)
        pause();
}

static int open_listener(int family)
{
    int listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener == -1)
        die("socket");
    if (family == AF_UNIX) {
        struct sockaddr_un anywhere = {.sun_family = AF_UNIX}; /* autobind: an abstract name */
        if (bind(listener, (struct sockaddr *)&anywhere, sizeof(sa_family_t)) == -1)
            die("bind");
    } else {
        struct sockaddr_in any_port = {.sin_family = AF_INET};
        any_port.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (bind(listener, (struct sockaddr *)&any_port, sizeof any_port) == -1)
            die("bind");
    }
    if (listen(listener, BACKLOG) == -1)
        die("listen");
    return listener;
}

static int join_crowd(int family, const struct sockaddr_storage *where, socklen_t length)
{
    struct linger by_reset = {.l_onoff = 1};
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        die("socket");
    /* Close by reset, so that thousands of connections leave no TIME_WAIT. */
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &by_reset, sizeof by_reset) == -1)
        die("setsockopt");
    if (connect(fd, (const struct sockaddr *)where, length) == -1)
        die("connect");
    return fd;
}

struct crowd *gather(const char *transport, int count, bool (*is_active)(int))
{
    int family = strcmp(transport, "tcp") == 0 ? AF_INET : AF_UNIX;
    int listener = open_listener(family);
    struct sockaddr_storage where;
    socklen_t length = sizeof where;
    struct crowd *crowd = malloc(sizeof *crowd);
    if (crowd == NULL || (crowd->fds = calloc((size_t)count, sizeof *crowd->fds)) == NULL)
        die("malloc");
    if (getsockname(listener, (struct sockaddr *)&where, &length) == -1)
        die("getsockname");
    crowd->count = count;
    if ((crowd->holder = fork()) == -1)
        die("fork");
    if (crowd->holder == 0)
        hold(listener, count, is_active);
    for (int i = 0; i < count; i++)
        crowd->fds[i] = join_crowd(family, &where, length);
    if (close(listener) == -1)
        die("close");
    return crowd;
}

void dismiss(struct crowd *crowd)
{
    for (int i = 0; i < crowd->count; i++)
        if (close(crowd->fds[i]) == -1)
            die("close");
    if (kill(crowd->holder, SIGKILL) == -1 || waitpid(crowd->holder, NULL, 0) == -1)
        die("waitpid");
    free(crowd->fds);
    free(crowd);
}
