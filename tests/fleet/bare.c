/* The floor that the kernel sets: send and recv on the same sockets, and nothing
 * else. No histogram, no verification, no clock, no errors by name.
 *
 *   bare PORT CONNECTIONS PAYLOAD WARMUP_MS DURATION_MS
 *
 * Prints requests and the nanoseconds of CPU they took. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

static char buffer[256 * 1024];

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

static int connected(int epoll, uint16_t port)
{
    const int on = 1;
    const struct linger reset = {1, 0};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    check(fd == -1, "socket");
    check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1, "setsockopt");
    check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == -1, "setsockopt");
    check(connect(fd, (struct sockaddr *)&address, sizeof address) == -1, "connect");
    event.data.fd = fd;
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1, "epoll_ctl");
    return fd;
}

/* Until `end`; the clock is read once a batch. Returns the requests completed. */
static uint64_t drive(int epoll, size_t payload, uint64_t end)
{
    static struct epoll_event events[512];
    uint64_t requests = 0;
    while (now(CLOCK_MONOTONIC) < end) {
        int n = epoll_wait(epoll, events, 512, 100);
        check(n == -1, "epoll_wait");
        for (int i = 0; i < n; i++) {
            check(recv(events[i].data.fd, buffer, sizeof buffer, 0) != (ssize_t)payload, "recv");
            check(send(events[i].data.fd, buffer, payload, MSG_NOSIGNAL) != (ssize_t)payload, "send");
            requests++;
        }
    }
    return requests;
}

int main(int argc, char **argv)
{
    check(argc != 6, "usage: bare PORT CONNECTIONS PAYLOAD WARMUP_MS DURATION_MS");
    int epoll = epoll_create1(0);
    size_t payload = strtoul(argv[3], NULL, 10);
    check(epoll == -1, "epoll_create1");
    for (long i = strtol(argv[2], NULL, 10); i > 0; i--) {
        int fd = connected(epoll, (uint16_t)atoi(argv[1]));
        check(send(fd, buffer, payload, MSG_NOSIGNAL) != (ssize_t)payload, "send");
    }
    drive(epoll, payload, now(CLOCK_MONOTONIC) + strtoul(argv[4], NULL, 10) * 1000000);
    uint64_t cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    uint64_t requests = drive(epoll, payload, now(CLOCK_MONOTONIC) + strtoul(argv[5], NULL, 10) * 1000000);
    printf("%lu %lu\n", (unsigned long)requests, (unsigned long)(now(CLOCK_PROCESS_CPUTIME_ID) - cpu));
    return 0;
}
