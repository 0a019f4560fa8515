/* ring.c: the two rings, the features of this kernel, and the buffers. See ring.h. */
#include "ring.h"
#include "lab.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct io_uring ring;
bool multishot_accept, multishot_receive;

/* The runner then skips this lab and shows the remedy. */
static _Noreturn void say_missing(const char *remedy)
{
    (void)dprintf(STDOUT_FILENO, "MISSING what=io_uring remedy=\"%s\"\n", remedy);
    exit(77);
}

/* ---- Buffers --------------------------------------------------------------------- */

/* The third ring holds empty buffers. The server adds them by number, and the kernel takes one
 * when bytes have arrived. A client that sends nothing needs no buffer. */
static struct io_uring_buf_ring *empty;
static struct buffer *in_ring[BUFFERS];

static void put_in_ring(struct buffer *buffer, unsigned short number)
{
    in_ring[number] = buffer;
    int mask = io_uring_buf_ring_mask(BUFFERS);
    io_uring_buf_ring_add(empty, buffer->bytes, BUFFER_SIZE, number, mask, 0);
    io_uring_buf_ring_advance(empty, 1);
}

/* Take the buffer that the kernel has filled, and put another one in its place. So the ring is
 * full after every round, even if many buffers are kept for clients that do not read. NULL:
 * there is no memory for another buffer, and the received bytes are lost. */
struct buffer *take_buffer(const struct io_uring_cqe *result)
{
    unsigned short number = (unsigned short)(result->flags >> IORING_CQE_BUFFER_SHIFT);
    struct buffer *filled = in_ring[number];
    struct buffer *other = result->res > 0 ? malloc(sizeof *other) : NULL;
    put_in_ring(other != NULL ? other : filled, number);
    if (other == NULL)
        return NULL;
    filled->next = NULL;
    filled->from = 0;
    filled->to = (unsigned)result->res;
    return filled;
}

static void open_buffers(void)
{
    if (posix_memalign((void **)&empty, 4096, BUFFERS * sizeof(struct io_uring_buf)) != 0)
        die("posix_memalign");
    io_uring_buf_ring_init(empty);
    struct io_uring_buf_reg reg = {.ring_addr = (uintptr_t)empty, .ring_entries = BUFFERS};
    if (io_uring_register_buf_ring(&ring, &reg, 0) < 0)
        say_missing("a kernel of 5.19 or later, which has rings of buffers");
    for (unsigned short number = 0; number < BUFFERS; number++) {
        struct buffer *buffer = malloc(sizeof *buffer);
        if (buffer == NULL)
            die("malloc");
        memset(buffer, 0, sizeof *buffer); /* use all its pages before the first client */
        put_in_ring(buffer, number);
    }
}

/* ---- Requests and results ---------------------------------------------------------- */

/* The kernel does not list its features. Each one here is recognized by an operation that was
 * added in the same release. */
void open_ring(void)
{
    struct io_uring_params params = {0};
    /* Since Linux 6.1: one thread submits, and completions are processed only while it waits
     * for them. */
    params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
    int error = io_uring_queue_init_params(REQUESTS, &ring, &params);
    if (error == -EINVAL)
        error = io_uring_queue_init(REQUESTS, &ring, 0);
    if (error == -EPERM)
        say_missing("docker run --security-opt seccomp=images/seccomp/profile.json; "
                    "outside of Docker: sysctl -w kernel.io_uring_disabled=0");
    if (error < 0)
        say_missing("a kernel of 5.19 or later, with CONFIG_IO_URING");

    struct io_uring_probe *probe = io_uring_get_probe_ring(&ring);
    if (probe != NULL) {
        multishot_accept = io_uring_opcode_supported(probe, IORING_OP_SOCKET);   /* 5.19 */
        multishot_receive = io_uring_opcode_supported(probe, IORING_OP_SEND_ZC); /* 6.0 */
        io_uring_free_probe(probe);
    }
    open_buffers();
    fprintf(stderr, "io_uring: %s accept, %s receive, buffer ring, %s completions\n",
            multishot_accept ? "multishot" : "single-shot",
            multishot_receive ? "multishot" : "single-shot",
            ring.flags & IORING_SETUP_DEFER_TASKRUN ? "deferred" : "interrupting");
}

/* Copy the next result of the ring, so that its entry is free before the server acts on it. If the
 * ring was full, the kernel kept further results in a list, and liburing fetches them here. */
static bool take_result(struct io_uring_cqe *result)
{
    struct io_uring_cqe *next;
    if (io_uring_peek_cqe(&ring, &next) != 0)
        return false;
    *result = *next;
    io_uring_cqe_seen(&ring, next);
    return true;
}

/* Results that hold_results took out of the ring, in their order. */
static struct io_uring_cqe *held;
static size_t held_room, held_from, held_to;

/* The kernel takes no request: too many results wait (EBUSY), or there is no memory (EAGAIN). Let
 * operations complete, and take their results out of the ring. */
static void hold_results(void)
{
    struct io_uring_cqe result;
    (void)io_uring_get_events(&ring); /* may fail for the same reason; the caller tries again */
    while (take_result(&result)) {
        if (!grow(&held, &held_room, held_to, sizeof *held))
            die("realloc");
        held[held_to++] = result;
    }
}

/* Get a free entry of the request ring. If the ring is full, submit its requests first. */
struct io_uring_sqe *next_request(void)
{
    for (;;) {
        struct io_uring_sqe *request = io_uring_get_sqe(&ring);
        if (request != NULL)
            return request;
        int error = io_uring_submit(&ring);
        if (error < 0 && error != -EINTR && error != -EAGAIN && error != -EBUSY) {
            errno = -error;
            die("io_uring_submit");
        }
        if (error < 0)
            hold_results();
    }
}

bool next_result(struct io_uring_cqe *result)
{
    if (held_from < held_to) {
        *result = held[held_from++];
        return true;
    }
    held_from = held_to = 0;
    return take_result(result);
}
