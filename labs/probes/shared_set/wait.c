/* wait.c: a set that two threads share, for each of the three calls. See wait.h. */
#define _GNU_SOURCE
#include "wait.h"
#include "finding.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

struct set {
    const char *call;
    fd_set bits;
    struct pollfd entries[2];
    atomic_int count; /* of the entries; the highest descriptor of the bits */
    int epoll;
};

struct set *make_set(const char *call, int fd)
{
    struct set *set = calloc(1, sizeof *set);
    if (set == NULL)
        die("calloc");
    set->call = call;
    set->epoll = -1;
    if (strcmp(call, "epoll") == 0 && (set->epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
        die("epoll_create1");
    add_to(set, fd);
    return set;
}

void drop_set(struct set *set)
{
    if (set->epoll != -1 && close(set->epoll) == -1)
        die("close");
    free(set);
}

void add_to(struct set *set, int fd)
{
    if (set->epoll != -1) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (epoll_ctl(set->epoll, EPOLL_CTL_ADD, fd, &event) == -1)
            die("epoll_ctl");
    } else if (strcmp(set->call, "poll") == 0) {
        set->entries[set->count] = (struct pollfd){.fd = fd, .events = POLLIN};
        set->count++;
    } else {
        if (fd >= FD_SETSIZE)
            die("FD_SETSIZE");
        FD_SET(fd, &set->bits);
        if (fd > set->count)
            set->count = fd;
    }
}

/* `bits` is the shared set itself, or a private copy of it. select overwrites it with its result. */
static bool wait_select(struct set *set, fd_set *bits, int milliseconds, struct report *report)
{
    struct timeval time = {milliseconds / 1000, milliseconds % 1000 * 1000};
    int ready = select(set->count + 1, bits, NULL, NULL, &time);
    if (ready == -1 && errno != EBADF)
        die("select");
    report->invalid = ready == -1;
    for (report->fd = 0; ready > 0 && !FD_ISSET(report->fd, bits);)
        report->fd++;
    return ready != 0;
}

static bool wait_poll(struct set *set, int milliseconds, struct report *report)
{
    int count = set->count;
    int ready = poll(set->entries, (nfds_t)count, milliseconds);
    if (ready == -1)
        die("poll");
    for (int i = 0; i < count; i++)
        if (set->entries[i].revents != 0) {
            report->fd = set->entries[i].fd;
            report->invalid = (set->entries[i].revents & POLLNVAL) != 0;
        }
    return ready > 0;
}

static bool wait_epoll(struct set *set, int milliseconds, struct report *report)
{
    struct epoll_event event;
    int ready = epoll_wait(set->epoll, &event, 1, milliseconds);
    if (ready == -1)
        die("epoll_wait");
    report->fd = event.data.fd;
    report->invalid = false;
    return ready > 0;
}

bool wait_for(struct set *set, int milliseconds, struct report *report)
{
    if (set->epoll != -1)
        return wait_epoll(set, milliseconds, report);
    if (strcmp(set->call, "poll") == 0)
        return wait_poll(set, milliseconds, report);
    fd_set copy = set->bits;
    bool shared = strcmp(set->call, "select") == 0;
    return wait_select(set, shared ? &set->bits : &copy, milliseconds, report);
}
