/* Loaded into a server with LD_PRELOAD: the test decides what recv and send do.
 *
 * A client whose message starts with ENDLESS never runs out of bytes: recv peeks at them and
 * leaves them in the socket, and send drops the replies. With RECV_AT_MOST=n, recv returns at
 * most n bytes, so that any message takes many calls. With RECV_COUNTS=path, that file holds
 * three 64-bit numbers: calls of recv that returned bytes or EOF, calls that returned EAGAIN,
 * and calls for an endless client. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t (*real_recv)(int, void *, size_t, int);
static ssize_t (*real_send)(int, const void *, size_t, int);
static size_t at_most = SIZE_MAX;
static uint64_t nowhere[3], *counts = nowhere;

static int is_endless(const void *bytes, ssize_t length)
{
    return length >= 7 && memcmp(bytes, "ENDLESS", 7) == 0;
}

__attribute__((constructor)) static void prepare(void)
{
    *(void **)&real_recv = dlsym(RTLD_NEXT, "recv");
    *(void **)&real_send = dlsym(RTLD_NEXT, "send");
    if (getenv("RECV_AT_MOST"))
        at_most = (size_t)atoi(getenv("RECV_AT_MOST"));
    if (getenv("RECV_COUNTS")) {
        int fd = open(getenv("RECV_COUNTS"), O_RDWR);
        counts = mmap(NULL, sizeof nowhere, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (fd == -1 || counts == MAP_FAILED || close(fd) == -1)
            abort();
    }
}

ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
    ssize_t there = real_recv(fd, buffer, length, flags | MSG_PEEK);
    if (is_endless(buffer, there)) {
        counts[2]++;
        return there;
    }
    ssize_t received = real_recv(fd, buffer, length < at_most ? length : at_most, flags);
    if (received >= 0)
        counts[0]++;
    else if (errno == EAGAIN)
        counts[1]++;
    return received;
}

ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
    if (is_endless(buffer, (ssize_t)length))
        return (ssize_t)length;
    return real_send(fd, buffer, length, flags);
}
