/* ring.c: io_uring by its system calls: reads of a file, one at a time. See ring.h. */
#define _GNU_SOURCE
#include "ring.h"
#include "finding.h"

#include <errno.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ring = -1;
static struct io_uring_sqe *requests;
static _Atomic unsigned *sent_tail, *done_head, *done_tail;
static unsigned *sent_mask, *done_mask, *order;
static struct io_uring_cqe *done;

static void *map(size_t size, off_t what)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, what);
    if (memory == MAP_FAILED)
        die("mmap");
    return memory;
}

int ring_open(void)
{
    struct io_uring_params about = {0};
    if ((ring = (int)syscall(SYS_io_uring_setup, 4, &about)) == -1) {
        if (errno == ENOSYS || errno == EPERM || errno == EACCES || errno == ENOMEM)
            return -1;
        die("io_uring_setup");
    }
    char *sent = map(about.sq_off.array + about.sq_entries * sizeof(unsigned), IORING_OFF_SQ_RING);
    char *came = map(about.cq_off.cqes + about.cq_entries * sizeof *done, IORING_OFF_CQ_RING);
    requests = map(about.sq_entries * sizeof *requests, IORING_OFF_SQES);
    sent_tail = (_Atomic unsigned *)(void *)(sent + about.sq_off.tail);
    sent_mask = (unsigned *)(void *)(sent + about.sq_off.ring_mask);
    order = (unsigned *)(void *)(sent + about.sq_off.array);
    done_head = (_Atomic unsigned *)(void *)(came + about.cq_off.head);
    done_tail = (_Atomic unsigned *)(void *)(came + about.cq_off.tail);
    done_mask = (unsigned *)(void *)(came + about.cq_off.ring_mask);
    done = (struct io_uring_cqe *)(void *)(came + about.cq_off.cqes);
    return ring;
}

void ring_read(int fd, char *to, size_t room, off_t offset)
{
    unsigned tail = *sent_tail, slot = tail & *sent_mask;
    memset(&requests[slot], 0, sizeof requests[slot]);
    requests[slot].opcode = IORING_OP_READ;
    requests[slot].fd = fd;
    requests[slot].addr = (unsigned long)to;
    requests[slot].len = (unsigned)room;
    requests[slot].off = (unsigned long long)offset;
    order[slot] = slot;
    *sent_tail = tail + 1;
    while (syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) == -1)
        if (errno != EINTR)
            die("io_uring_enter");
}

ssize_t ring_result(void)
{
    if (*done_head == *done_tail) {
        errno = ENODATA;
        die("the ring has no completion");
    }
    int result = done[*done_head & *done_mask].res;
    *done_head = *done_head + 1;
    return result;
}
