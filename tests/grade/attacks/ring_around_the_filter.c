/* io_uring, called by number, does what a filter of system calls would stop: opens files, makes
 * sockets, connects. Also families of sockets that lead past the network namespace.
 * Expect: passes */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct io_uring_params params;
static char *rings;
static struct io_uring_sqe *entries;
static int ring = -1;

static unsigned *at(unsigned offset)
{
    return (unsigned *)(void *)(rings + offset);
}

/* What one operation returns; an error number below zero where there is no ring. */
static int ask(struct io_uring_sqe entry)
{
    unsigned tail = *at(params.sq_off.tail), place = tail & *at(params.sq_off.ring_mask);
    entries[place] = entry;
    at(params.sq_off.array)[place] = place;
    __atomic_store_n(at(params.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0L) < 0)
        return -errno;
    unsigned head = *at(params.cq_off.head);
    struct io_uring_cqe *done = (void *)(rings + params.cq_off.cqes);
    int result = done[head & *at(params.cq_off.ring_mask)].res;
    __atomic_store_n(at(params.cq_off.head), head + 1, __ATOMIC_RELEASE);
    return result;
}

static void opens(const char *path, int flags)
{
    int fd = ask((struct io_uring_sqe){.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD,
        .addr = (unsigned long)path, .open_flags = (unsigned)flags, .len = 0600});
    if (fd >= 0) {
        fprintf(stderr, "a ring opened %s\n", path);
        _exit(9);
    }
}

static void connects(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(@PORT@)};
    inet_pton(AF_INET, address, &to.sin_addr);
    int fd = ask((struct io_uring_sqe){
        .opcode = IORING_OP_SOCKET, .fd = AF_INET, .off = SOCK_STREAM | SOCK_NONBLOCK});
    if (fd < 0)
        fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (ask((struct io_uring_sqe){.opcode = IORING_OP_CONNECT, .fd = fd,
            .addr = (unsigned long)&to, .off = sizeof to}) == 0) {
        fprintf(stderr, "a ring connected to %s\n", address);
        _exit(9);
    }
    close(fd);
}

static void family(int number, int kind)
{
    int fd = socket(number, kind, 0);
    if (fd == -1)
        return;
    struct { unsigned short family, reserved; unsigned port, cid; unsigned char zero[4]; } host =
        {.family = 40, .port = @PORT@, .cid = 2};
    if (number == 40 && connect(fd, (struct sockaddr *)&host, sizeof host) == 0) {
        fprintf(stderr, "a socket of family %d leads out\n", number);
        _exit(9);
    }
    close(fd);
}

__attribute__((constructor)) static void attack(void)
{
    family(40, SOCK_STREAM); /* AF_VSOCK: the hypervisor */
    for (int number = 3; number < 46; number++)
        family(number, SOCK_RAW);
    ring = (int)syscall(SYS_io_uring_setup, 4, &params);
    if (ring == -1)
        return;
    size_t size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
    size_t more = params.sq_off.array + params.sq_entries * sizeof(unsigned);
    rings = mmap(NULL, size > more ? size : more, PROT_READ | PROT_WRITE, MAP_SHARED, ring,
        IORING_OFF_SQ_RING);
    entries = mmap(NULL, params.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED,
        ring, IORING_OFF_SQES);
    if (rings == MAP_FAILED || entries == MAP_FAILED)
        return;
    opens("@SECRET@", O_RDONLY);
    opens("/etc/shadow", O_RDONLY);
    opens("/proc/1/root/etc/shadow", O_RDONLY);
    opens("/usr/left-by-a-submission", O_CREAT | O_WRONLY);
    connects("127.0.0.1");
    connects("172.17.0.1");
    close(ring);
}
