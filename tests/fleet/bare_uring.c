/* The same floor by io_uring: multishot receive into a ring of buffers, sends that are submitted
 * together. Nothing else: no histogram, no verification, no errors by name.
 *
 *   bare_uring PORT CONNECTIONS PAYLOAD WARMUP_MS DURATION_MS
 *
 * Prints requests and the nanoseconds of CPU they took, like bare.c. */
#include <arpa/inet.h>
#include <liburing.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { ENTRIES = 2048, BUFFERS = 1024, BUFFER_BYTES = 4096, GROUP = 0 };
#define SEND (1ULL << 32)

static char sent[64 * 1024];
static char *buffers;
static struct io_uring ring;
static struct io_uring_buf_ring *provided;

static uint64_t now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

static void check(int failed, const char *call)
{
    if (failed) {
        perror(call);
        exit(1);
    }
}

static int connected(uint16_t port)
{
    const int on = 1;
    const struct linger reset = {1, 0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    check(fd == -1, "socket");
    check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1, "setsockopt");
    check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == -1, "setsockopt");
    check(connect(fd, (struct sockaddr *)&address, sizeof address) == -1, "connect");
    return fd;
}

static struct io_uring_sqe *entry(void)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
    if (!sqe) {
        check(io_uring_submit(&ring) < 0, "io_uring_submit");
        sqe = io_uring_get_sqe(&ring);
    }
    return sqe;
}

static void ask(int fd, size_t payload)
{
    struct io_uring_sqe *sqe = entry();
    io_uring_prep_send(sqe, fd, sent, payload, MSG_NOSIGNAL);
    sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
    sqe->user_data = SEND | (uint32_t)fd;
}

static void listen_to(int fd)
{
    struct io_uring_sqe *sqe = entry();
    io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = GROUP;
    sqe->user_data = (uint32_t)fd;
}

static void create(void)
{
    struct io_uring_params params = {.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN};
    struct io_uring_buf_reg reg = {.ring_entries = BUFFERS, .bgid = GROUP};
    check(io_uring_queue_init_params(ENTRIES, &ring, &params) < 0, "io_uring_queue_init");
    check(posix_memalign((void **)&provided, 4096, BUFFERS * sizeof(struct io_uring_buf)) != 0, "memory");
    reg.ring_addr = (uintptr_t)provided;
    check(io_uring_register_buf_ring(&ring, &reg, 0) != 0, "io_uring_register_buf_ring");
    io_uring_buf_ring_init(provided);
    buffers = malloc((size_t)BUFFERS * BUFFER_BYTES);
    check(!buffers, "malloc");
    for (int i = 0; i < BUFFERS; i++)
        io_uring_buf_ring_add(provided, buffers + i * BUFFER_BYTES, BUFFER_BYTES, (unsigned short)i,
                              BUFFERS - 1, i);
    io_uring_buf_ring_advance(provided, BUFFERS);
}

static uint64_t drive(size_t payload, uint64_t end)
{
    uint64_t requests = 0;
    while (now(CLOCK_MONOTONIC) < end) {
        struct io_uring_cqe *cqe;
        unsigned head, seen = 0, given = 0;
        check(io_uring_submit_and_wait(&ring, 1) < 0, "io_uring_submit_and_wait");
        io_uring_for_each_cqe(&ring, head, cqe) {
            seen++;
            check(cqe->res <= 0 || cqe->user_data & SEND, "completion");
            unsigned id = cqe->flags >> IORING_CQE_BUFFER_SHIFT;
            io_uring_buf_ring_add(provided, buffers + id * BUFFER_BYTES, BUFFER_BYTES,
                                  (unsigned short)id, BUFFERS - 1, (int)given++);
            if (!(cqe->flags & IORING_CQE_F_MORE))
                listen_to((int)cqe->user_data);
            ask((int)cqe->user_data, payload);
            requests++;
        }
        io_uring_buf_ring_advance(provided, (int)given);
        io_uring_cq_advance(&ring, seen);
    }
    return requests;
}

int main(int argc, char **argv)
{
    check(argc != 6, "usage: bare_uring PORT CONNECTIONS PAYLOAD WARMUP_MS DURATION_MS");
    size_t payload = strtoul(argv[3], NULL, 10);
    create();
    for (long i = strtol(argv[2], NULL, 10); i > 0; i--) {
        int fd = connected((uint16_t)atoi(argv[1]));
        listen_to(fd);
        ask(fd, payload);
    }
    drive(payload, now(CLOCK_MONOTONIC) + strtoul(argv[4], NULL, 10) * 1000000);
    uint64_t cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    uint64_t requests = drive(payload, now(CLOCK_MONOTONIC) + strtoul(argv[5], NULL, 10) * 1000000);
    printf("%lu %lu\n", (unsigned long)requests, (unsigned long)(now(CLOCK_PROCESS_CPUTIME_ID) - cpu));
    return 0;
}
