/* watch.c: select, poll and epoll behind the same four functions. See watch.h. */
#define _GNU_SOURCE
#include "watch.h"
#include "finding.h"

#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int amount;

static void *room(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL)
        die("calloc");
    return memory;
}

/* ---- select: by the system call, because glibc's fd_set ends at 1024 -------------------- */

enum { BITS = 8 * sizeof(unsigned long) };

static unsigned long *watched, *ready_bits;
static size_t words;
static int highest;

static void select_all(const int *fds, int count)
{
    amount = count;
    highest = 0;
    for (int i = 0; i < count; i++)
        if (fds[i] > highest)
            highest = fds[i];
    words = (size_t)highest / BITS + 1;
    watched = room(words, sizeof *watched);
    ready_bits = room(words, sizeof *ready_bits);
    for (int i = 0; i < count; i++)
        watched[fds[i] / BITS] |= 1UL << (fds[i] % BITS);
}

/* select overwrites the set, so every call needs a copy. It is at most 2 KiB, which costs
 * nearly nothing compared with the call. */
static int select_ask(void)
{
    struct timespec at_once = {0};
    memcpy(ready_bits, watched, words * sizeof *ready_bits);
    long ready = syscall(SYS_pselect6, highest + 1, ready_bits, NULL, NULL, &at_once, NULL);
    if (ready == -1)
        die("pselect6");
    return (int)ready;
}

/* Check each number, as FD_ISSET does: select does not report which descriptors are ready. */
static int select_search(int *ready_fds)
{
    int count = 0;
    for (int fd = 0; fd <= highest; fd++)
        if (ready_bits[fd / BITS] >> (fd % BITS) & 1)
            ready_fds[count++] = fd;
    return count;
}

static void select_forget(void)
{
    free(watched);
    free(ready_bits);
}

/* ---- poll ---------------------------------------------------------------------------- */

static struct pollfd *entries;

static void poll_all(const int *fds, int count)
{
    amount = count;
    entries = room((size_t)count, sizeof *entries);
    for (int i = 0; i < count; i++)
        entries[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
}

static int poll_ask(void)
{
    int ready = poll(entries, (nfds_t)amount, 0);
    if (ready == -1)
        die("poll");
    return ready;
}

static int poll_search(int *ready_fds)
{
    int count = 0;
    for (int i = 0; i < amount; i++)
        if (entries[i].revents != 0)
            ready_fds[count++] = entries[i].fd;
    return count;
}

static void poll_forget(void)
{
    free(entries);
}

/* ---- epoll ---------------------------------------------------------------------------- */

enum { BATCH = 1024 };

static struct epoll_event events[BATCH];
static int epoll = -1, arrived;

static void epoll_all(const int *fds, int count)
{
    amount = count;
    if ((epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
        die("epoll_create1");
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fds[i]};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event) == -1)
            die("epoll_ctl");
    }
}

static int epoll_ask(void)
{
    if ((arrived = epoll_wait(epoll, events, BATCH, 0)) == -1)
        die("epoll_wait");
    return arrived;
}

static int epoll_search(int *ready_fds)
{
    for (int i = 0; i < arrived; i++)
        ready_fds[i] = events[i].data.fd;
    return arrived;
}

static void epoll_forget(void)
{
    if (close(epoll) == -1)
        die("close");
}

const struct watch watches[WATCHES] = {
    {"select", select_all, select_ask, select_search, select_forget},
    {"poll", poll_all, poll_ask, poll_search, poll_forget},
    {"epoll", epoll_all, epoll_ask, epoll_search, epoll_forget},
};
