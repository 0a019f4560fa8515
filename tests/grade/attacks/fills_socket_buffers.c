/* Bytes that nothing reads, in the kernel's buffers: memory that no process has. It stops at a share
 * that no box should get and says so.
 * Expect: either */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST (1200L << 20)

static long fill(int fd)
{
    static char block[1 << 18];
    long sent = 0;
    for (ssize_t one; (one = send(fd, block, sizeof block, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0;)
        sent += one;
    return sent;
}

__attribute__((constructor)) static void attack(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), most = 16 << 20;
    setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &most, sizeof most);
    bind(listener, (struct sockaddr *)&at, sizeof at);
    listen(listener, 512);
    getsockname(listener, (struct sockaddr *)&at, &size);
    long total = 0;
    for (int i = 0; i < 400 && total < MOST; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (fd == -1)
            break;
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &most, sizeof most);
        connect(fd, (struct sockaddr *)&at, sizeof at);
        int other = accept(listener, NULL, NULL);
        if (other == -1) /* the kernel has no memory for one more */
            break;
        total += fill(fd) + fill(other);
    }
    if (total >= MOST) {
        fprintf(stderr, "reached %ld MiB in buffers of sockets\n", total >> 20);
        _exit(9);
    }
}
