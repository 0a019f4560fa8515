/* ring.c: the two rings that a program shares with the kernel. See ring.h. */
#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel moves the head of the requests and the tail of the results, the program the other two.
 * Each side publishes an entry by moving its end, and looks at the other's end before it reads: hence
 * the atomic stores and loads. An index is cut to the size of the ring only where it is used. */
static struct {
    int fd;
    unsigned *request_head, *request_tail, request_mask, request_room;
    unsigned *result_head, *result_tail, result_mask;
    unsigned written; /* the tail of the requests, including those that are not submitted yet */
    struct io_uring_sqe *requests;
    struct io_uring_cqe *results;
} ring;

static _Noreturn void fail(const char *call)
{
    fprintf(stderr, "%s: %s\n", call, strerror(errno));
    exit(1);
}

/* The runner compares this line with its own check, and then skips the server. */
static _Noreturn void say_missing(const char *remedy)
{
    printf("MISSING what=io_uring remedy=\"%s\"\n", remedy);
    fflush(stdout);
    exit(77);
}

static int set_up(struct io_uring_params *params, unsigned flags)
{
    memset(params, 0, sizeof *params);
    params->flags = IORING_SETUP_CQSIZE | flags;
    params->cq_entries = RESULTS;
    return (int)syscall(SYS_io_uring_setup, REQUESTS, params);
}

static void *map(size_t length, uint64_t offset)
{
    int flags = MAP_SHARED | MAP_POPULATE;
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, ring.fd, (off_t)offset);
    if (memory == MAP_FAILED)
        fail("mmap");
    return memory;
}

void ring_open(void)
{
    struct io_uring_params params;
    /* Since Linux 6.1: one thread submits, and results are made only while it waits for them. */
    ring.fd = set_up(&params, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (ring.fd == -1 && errno == EINVAL)
        ring.fd = set_up(&params, 0);
    if (ring.fd == -1 && errno == EPERM)
        say_missing("sysctl -w kernel.io_uring_disabled=0, and a sandbox that permits io_uring_setup");
    if (ring.fd == -1 || !(params.features & IORING_FEAT_SINGLE_MMAP))
        say_missing("a kernel of 5.19 or later, with CONFIG_IO_URING");

    size_t requests = params.sq_off.array + params.sq_entries * sizeof(unsigned);
    size_t results = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
    char *both = map(requests > results ? requests : results, IORING_OFF_SQ_RING);
    ring.requests = map(params.sq_entries * sizeof *ring.requests, IORING_OFF_SQES);
    ring.results = (void *)(both + params.cq_off.cqes);
    ring.request_head = (void *)(both + params.sq_off.head);
    ring.request_tail = (void *)(both + params.sq_off.tail);
    ring.result_head = (void *)(both + params.cq_off.head);
    ring.result_tail = (void *)(both + params.cq_off.tail);
    ring.request_room = params.sq_entries;
    ring.request_mask = params.sq_entries - 1;
    ring.result_mask = params.cq_entries - 1;
    /* The ring of requests holds numbers of requests: here always the same, in order. */
    unsigned *order = (void *)(both + params.sq_off.array);
    for (unsigned i = 0; i < params.sq_entries; i++)
        order[i] = i;
}

static unsigned unsubmitted(void)
{
    return ring.written - __atomic_load_n(ring.request_head, __ATOMIC_ACQUIRE);
}

/* Submit what was written, and wait for so many results. EAGAIN and EBUSY: the kernel takes no more
 * at the moment; the requests stay in the ring, and the next call submits them. */
static void enter(unsigned results)
{
    __atomic_store_n(ring.request_tail, ring.written, __ATOMIC_RELEASE);
    long taken = syscall(SYS_io_uring_enter, ring.fd, unsubmitted(), results,
                         IORING_ENTER_GETEVENTS, NULL, 0);
    if (taken == -1 && errno != EINTR && errno != EAGAIN && errno != EBUSY)
        fail("io_uring_enter");
}

struct io_uring_sqe *ring_request(void)
{
    while (unsubmitted() == ring.request_room)
        enter(0);
    struct io_uring_sqe *request = &ring.requests[ring.written++ & ring.request_mask];
    memset(request, 0, sizeof *request);
    return request;
}

void ring_wait(void)
{
    enter(1);
}

bool ring_result(struct io_uring_cqe *result)
{
    unsigned head = *ring.result_head;
    if (head == __atomic_load_n(ring.result_tail, __ATOMIC_ACQUIRE))
        return false;
    *result = ring.results[head & ring.result_mask];
    __atomic_store_n(ring.result_head, head + 1, __ATOMIC_RELEASE);
    return true;
}

int ring_register(unsigned opcode, void *argument, unsigned count)
{
    return (int)syscall(SYS_io_uring_register, ring.fd, opcode, argument, count);
}
