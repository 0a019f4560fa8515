/*
 * A null server: the least that a server can do. What it answers a second between two hosts is what
 * their network, their kernels and the load generators can do; no measured server is faster.
 *
 *   talker --echo 9000       READY port=9000 model=null
 *
 * One thread, one epoll instance. A client that does not read is not read from until it does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "talker.h"

enum { PIECE = 65536, BATCH = 256, QUEUE = 4096 };

struct rest {
    unsigned char *bytes; /* that the client has not taken yet; NULL: none */
    size_t from, length;
};

static struct rest *rests; /* by descriptor */
static int poller, listener;

static void watch_for(int fd, uint32_t events, int how)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(poller, how, fd, &event) == -1)
        fail("epoll_ctl");
}

static void take_clients(rlim_t most)
{
    const int on = 1;
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if ((rlim_t)fd >= most)
            fail("accept4");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch_for(fd, EPOLLIN, EPOLL_CTL_ADD);
    }
}

static void drop(int fd)
{
    free(rests[fd].bytes);
    rests[fd] = (struct rest){0};
    close(fd);
}

/* False: the client is gone. */
static bool give(int fd, const unsigned char *bytes, size_t length, size_t *given)
{
    ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    *given = n < 0 ? 0 : (size_t)n;
    return n >= 0 || errno == EAGAIN;
}

static void keep(int fd, const unsigned char *bytes, size_t length)
{
    struct rest *rest = &rests[fd];
    *rest = (struct rest){malloc(length), 0, length};
    if (rest->bytes == NULL)
        fail("malloc");
    memcpy(rest->bytes, bytes, length);
    watch_for(fd, EPOLLOUT, EPOLL_CTL_MOD);
}

static void give_rest(int fd)
{
    struct rest *rest = &rests[fd];
    size_t given;
    if (!give(fd, rest->bytes + rest->from, rest->length - rest->from, &given)) {
        drop(fd);
        return;
    }
    rest->from += given;
    if (rest->from < rest->length)
        return;
    free(rest->bytes);
    *rest = (struct rest){0};
    watch_for(fd, EPOLLIN, EPOLL_CTL_MOD);
}

static void answer(int fd)
{
    static unsigned char piece[PIECE];
    size_t given;
    ssize_t n = recv(fd, piece, sizeof piece, 0);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0 || !give(fd, piece, (size_t)n, &given))
        drop(fd);
    else if (given < (size_t)n)
        keep(fd, piece + given, (size_t)n - given);
}

static void listen_on(int port)
{
    const int on = 1;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener == -1 || setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1
        || bind(listener, (struct sockaddr *)&any, sizeof any) == -1
        || listen(listener, QUEUE) == -1)
        fail("listen");
}

_Noreturn void echo(int port)
{
    struct rlimit limit;
    struct epoll_event events[BATCH];
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1
        || (rests = calloc(limit.rlim_cur, sizeof *rests)) == NULL)
        fail("calloc");
    listen_on(port);
    if ((poller = epoll_create1(EPOLL_CLOEXEC)) == -1)
        fail("epoll_create1");
    watch_for(listener, EPOLLIN, EPOLL_CTL_ADD);
    printf("READY port=%d model=null\n", port);
    for (;;) {
        int count = epoll_wait(poller, events, BATCH, -1);
        if (count == -1 && errno != EINTR)
            fail("epoll_wait");
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener)
                take_clients(limit.rlim_cur);
            else if (rests[fd].bytes != NULL)
                give_rest(fd);
            else
                answer(fd);
        }
    }
}
