/* buffers.c: the buffers that the kernel receives into. See buffers.h. */
#include "buffers.h"
#include "ring.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The program adds buffers at the tail, by number; the kernel takes one when bytes have arrived. */
static struct io_uring_buf_ring *empty;
static struct buffer *in_ring[BUFFERS];

static _Noreturn void fail(const char *call)
{
    perror(call);
    exit(1);
}

static void put_in_ring(struct buffer *buffer, unsigned short number)
{
    unsigned short tail = empty->tail;
    struct io_uring_buf *place = &empty->bufs[tail % BUFFERS];
    in_ring[number] = buffer;
    place->addr = (uintptr_t)buffer->bytes;
    place->len = BUFFER_SIZE;
    place->bid = number;
    __atomic_store_n(&empty->tail, (unsigned short)(tail + 1), __ATOMIC_RELEASE);
}

/* Another buffer takes the place of the filled one. So the ring is full after every round, however
 * many buffers are kept for clients that do not read. */
struct buffer *take_buffer(const struct io_uring_cqe *result)
{
    unsigned short number = (unsigned short)(result->flags >> IORING_CQE_BUFFER_SHIFT);
    struct buffer *filled = in_ring[number];
    struct buffer *other = result->res > 0 ? malloc(sizeof *other) : NULL;
    put_in_ring(other != NULL ? other : filled, number);
    if (other == NULL)
        return NULL;
    filled->from = 0;
    filled->to = (unsigned)result->res;
    return filled;
}

void open_buffers(void)
{
    if (posix_memalign((void **)&empty, 4096, BUFFERS * sizeof(struct io_uring_buf)) != 0)
        fail("posix_memalign");
    memset(empty, 0, BUFFERS * sizeof(struct io_uring_buf));
    struct io_uring_buf_reg about = {.ring_addr = (uintptr_t)empty, .ring_entries = BUFFERS};
    if (ring_register(IORING_REGISTER_PBUF_RING, &about, 1) == -1) {
        printf("MISSING what=io_uring remedy=\"a kernel of 5.19 or later, which has rings of buffers\"\n");
        fflush(stdout);
        exit(77);
    }
    for (unsigned short number = 0; number < BUFFERS; number++) {
        struct buffer *buffer = malloc(sizeof *buffer);
        if (buffer == NULL)
            fail("malloc");
        memset(buffer, 0, sizeof *buffer); /* use all its pages before the first client comes */
        put_in_ring(buffer, number);
    }
}
