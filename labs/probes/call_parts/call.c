/* call.c: select, poll and epoll, each with four sets of descriptors. See call.h. */
#define _GNU_SOURCE
#include "call.h"
#include "finding.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static void *room(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL)
        die("calloc");
    return memory;
}

/* ---- select: by the system call, because glibc's fd_set ends at 1024 -------------------- */

enum { BITS = 8 * sizeof(unsigned long) };

static unsigned long *bits[SETS], *answer;
static size_t words;
static int width;

static void add_bit(unsigned long *set, int fd)
{
    set[fd / BITS] |= 1UL << (fd % BITS);
}

static void select_prepare(const int *idle, int count, int timer)
{
    width = timer + 1;
    words = (size_t)timer / BITS + 1;
    answer = room(words, sizeof *answer);
    for (int set = BLANK; set < SETS; set++)
        bits[set] = room(words, sizeof *answer);
    for (int i = 0; i < count; i++)
        add_bit(bits[ALL], idle[i]);
    add_bit(bits[ALL], timer);
    add_bit(bits[ALONE], timer);
}

/* select overwrites the set, so the application copies it before every call. */
static int select_ask(enum set set, int timeout)
{
    struct timespec at_once = {0};
    unsigned long *given = set == NOTHING ? NULL : answer;
    if (given != NULL)
        memcpy(answer, bits[set], words * sizeof *answer);
    long ready = syscall(SYS_pselect6, given == NULL ? 0 : width, given, NULL, NULL,
                         timeout == FOREVER ? NULL : &at_once, NULL);
    if (ready == -1)
        die("pselect6");
    return (int)ready;
}

static int select_search(void)
{
    int last = -1;
    for (int fd = 0; fd < width; fd++)
        if (answer[fd / BITS] >> (fd % BITS) & 1)
            last = fd;
    return last;
}

static void select_forget(void)
{
    free(answer);
    for (int set = BLANK; set < SETS; set++)
        free(bits[set]);
}

/* ---- poll: the kernel ignores an entry whose descriptor is negative ------------------------ */

static struct pollfd *entries[SETS];
static nfds_t length;

static void poll_prepare(const int *idle, int count, int timer)
{
    length = (nfds_t)count + 1;
    for (int set = BLANK; set < SETS; set++) {
        entries[set] = room(length, sizeof *entries[set]);
        for (int i = 0; i < count; i++)
            entries[set][i] = (struct pollfd){set == ALL ? idle[i] : -1, POLLIN, 0};
        entries[set][count] = (struct pollfd){set == BLANK ? -1 : timer, POLLIN, 0};
    }
}

static int poll_ask(enum set set, int timeout)
{
    int ready = poll(entries[set], set == NOTHING ? 0 : length, timeout);
    if (ready == -1)
        die("poll");
    return ready;
}

static int poll_search(void)
{
    int last = -1;
    for (nfds_t i = 0; i < length; i++)
        if (entries[ALL][i].revents != 0)
            last = entries[ALL][i].fd;
    return last;
}

static void poll_forget(void)
{
    for (int set = BLANK; set < SETS; set++)
        free(entries[set]);
}

/* ---- epoll: BLANK has the idle connections, because no call examines them ------------------ */

static int interest[SETS];
static struct epoll_event event;

static void watch(int epoll, int fd)
{
    struct epoll_event readable = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &readable) == -1)
        die("epoll_ctl");
}

static void epoll_prepare(const int *idle, int count, int timer)
{
    for (int set = NOTHING; set < SETS; set++) {
        if ((interest[set] = epoll_create1(EPOLL_CLOEXEC)) == -1)
            die("epoll_create1");
        for (int i = 0; i < count && (set == BLANK || set == ALL); i++)
            watch(interest[set], idle[i]);
        if (set == ALONE || set == ALL)
            watch(interest[set], timer);
    }
}

static int epoll_ask(enum set set, int timeout)
{
    int ready = epoll_wait(interest[set], &event, 1, timeout);
    if (ready == -1)
        die("epoll_wait");
    return ready;
}

static int epoll_search(void)
{
    return event.data.fd;
}

static void epoll_forget(void)
{
    for (int set = NOTHING; set < SETS; set++)
        if (close(interest[set]) == -1)
            die("close");
}

const struct call calls[CALLS] = {
    {"select", select_prepare, select_ask, select_search, select_forget},
    {"poll", poll_prepare, poll_ask, poll_search, poll_forget},
    {"epoll", epoll_prepare, epoll_ask, epoll_search, epoll_forget},
};
