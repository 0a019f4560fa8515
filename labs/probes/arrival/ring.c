/* ring.c: the minimum of io_uring: one request at a time, by the system calls. */
#define _GNU_SOURCE
#include "finding.h"
#include "model.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ENTRIES = 4, IDLE = 1 }; /* IDLE: milliseconds until the polling thread sleeps */

struct ring {
    int fd;
    struct io_uring_sqe *requests;
    _Atomic unsigned *sent_tail, *sent_flags, *done_head, *done_tail;
    unsigned *sent_mask, *done_mask, *order;
    struct io_uring_cqe *done;
};

/* Two rings: SQPOLL is a property of the ring, the other two ways are properties of a request. */
static struct ring rings[2] = {{.fd = -1}, {.fd = -1}};

static struct ring *ring_of(enum way way)
{
    return &rings[way == SQPOLL];
}

static void *map(const struct ring *ring, size_t size, off_t what)
{
    int both = PROT_READ | PROT_WRITE;
    void *memory = mmap(NULL, size, both, MAP_SHARED | MAP_POPULATE, ring->fd, what);
    if (memory == MAP_FAILED)
        die("mmap");
    return memory;
}

/* Open a ring once for all models that use it. False in a box or a kernel without io_uring. */
bool ring_open(enum way way)
{
    struct ring *ring = ring_of(way);
    struct io_uring_params about = {0};
    if (ring->fd != -1)
        return true;
    if (way == SQPOLL)
        about = (struct io_uring_params){.flags = IORING_SETUP_SQPOLL, .sq_thread_idle = IDLE};
    if ((ring->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &about)) == -1) {
        if (errno == ENOSYS || errno == EPERM || errno == EACCES || errno == ENOMEM)
            return false;
        die("io_uring_setup");
    }
    size_t sent_size = about.sq_off.array + about.sq_entries * sizeof(unsigned);
    size_t done_size = about.cq_off.cqes + about.cq_entries * sizeof *ring->done;
    char *sent = map(ring, sent_size, IORING_OFF_SQ_RING);
    char *came = map(ring, done_size, IORING_OFF_CQ_RING);
    ring->requests = map(ring, about.sq_entries * sizeof *ring->requests, IORING_OFF_SQES);
    ring->sent_tail = (_Atomic unsigned *)(void *)(sent + about.sq_off.tail);
    ring->sent_flags = (_Atomic unsigned *)(void *)(sent + about.sq_off.flags);
    ring->sent_mask = (unsigned *)(void *)(sent + about.sq_off.ring_mask);
    ring->order = (unsigned *)(void *)(sent + about.sq_off.array);
    ring->done_head = (_Atomic unsigned *)(void *)(came + about.cq_off.head);
    ring->done_tail = (_Atomic unsigned *)(void *)(came + about.cq_off.tail);
    ring->done_mask = (unsigned *)(void *)(came + about.cq_off.ring_mask);
    ring->done = (struct io_uring_cqe *)(void *)(came + about.cq_off.cqes);
    return true;
}

static void enter(const struct ring *ring, unsigned to_send, unsigned to_wait_for, unsigned flags)
{
    while (syscall(SYS_io_uring_enter, ring->fd, to_send, to_wait_for, flags, NULL, 0) == -1)
        if (errno != EINTR)
            die("io_uring_enter");
}

void ring_start(enum way way, int fd, char *to, size_t room)
{
    struct ring *ring = ring_of(way);
    unsigned tail = *ring->sent_tail, slot = tail & *ring->sent_mask;
    memset(&ring->requests[slot], 0, sizeof ring->requests[slot]);
    ring->requests[slot].opcode = IORING_OP_RECV;
    ring->requests[slot].flags = way == WORKER ? IOSQE_ASYNC : 0;
    ring->requests[slot].fd = fd;
    ring->requests[slot].addr = (unsigned long)to;
    ring->requests[slot].len = (unsigned)room;
    ring->order[slot] = slot;
    *ring->sent_tail = tail + 1;
    if (way != SQPOLL)
        enter(ring, 1, 0, 0);
    else if (*ring->sent_flags & IORING_SQ_NEED_WAKEUP)
        enter(ring, 0, 0, IORING_ENTER_SQ_WAKEUP);
}

bool ring_is_empty(enum way way)
{
    const struct ring *ring = ring_of(way);
    return *ring->done_head == *ring->done_tail;
}

ssize_t ring_await(enum way way)
{
    const struct ring *ring = ring_of(way);
    while (ring_is_empty(way))
        enter(ring, 0, 1, IORING_ENTER_GETEVENTS);
    int result = ring->done[*ring->done_head & *ring->done_mask].res;
    *ring->done_head = *ring->done_head + 1;
    return result;
}
