/* 1 socket: limits, CPU time and network counters, as the kernel reports them. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "json.h"
#include "kernel.h"
#include "quantity.h"

/* A process may raise its soft limit up to its hard limit. */
static void raise_nofile(struct kernel *kernel)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
        fail("getrlimit: %s", strerror(errno));
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
        fail("setrlimit: %s", strerror(errno));
    kernel->nofile_soft = limit.rlim_cur;
    kernel->nofile_hard = limit.rlim_max;
}

static void read_congestion(struct kernel *kernel)
{
    socklen_t length = sizeof kernel->congestion - 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        fail("socket: %s", strerror(errno));
    if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, kernel->congestion, &length) == -1)
        kernel->congestion[0] = '\0';
    close(fd);
}

/* A whole /proc file. Reading from offset 0 makes the kernel produce it again. */
static bool read_whole(int fd, char *text, size_t size)
{
    size_t length = 0;
    while (length < size - 1) {
        ssize_t n = pread(fd, text + length, size - 1 - length, (off_t)length);
        if (n == -1)
            return false;
        if (n == 0)
            break;
        length += (size_t)n;
    }
    text[length] = '\0';
    return length > 0;
}

/* A file that consists of one number; -1: unreadable. */
static int64_t number(int fd)
{
    char text[32];
    return read_whole(fd, text, sizeof text) ? strtoll(text, NULL, 10) : -1;
}

/* A descriptor may be -1: a container may hide any of these files, and then its value is null. */
void kernel_open(struct kernel *kernel)
{
    raise_nofile(kernel);
    kernel->schedstat = open("/proc/self/schedstat", O_RDONLY | O_CLOEXEC);
    kernel->netstat = open("/proc/self/net/netstat", O_RDONLY | O_CLOEXEC);
    kernel->snmp = open("/proc/self/net/snmp", O_RDONLY | O_CLOEXEC);
    kernel->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    kernel->sockstat = open("/proc/self/net/sockstat", O_RDONLY | O_CLOEXEC);
    kernel->conntrack = open("/proc/sys/net/netfilter/nf_conntrack_count", O_RDONLY | O_CLOEXEC);
    int most = open("/proc/sys/net/netfilter/nf_conntrack_max", O_RDONLY | O_CLOEXEC);
    kernel->conntrack_most = number(most);
    if (most != -1)
        close(most);
    int somaxconn = open("/proc/sys/net/core/somaxconn", O_RDONLY | O_CLOEXEC);
    kernel->somaxconn = number(somaxconn);
    if (somaxconn != -1)
        close(somaxconn);
    kernel->diag = diag_open();
    read_congestion(kernel);
}

static uint64_t nanoseconds(struct timeval t)
{
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_usec * 1000;
}

/* All but `wall`. schedstat: nanoseconds on a CPU, then nanoseconds runnable without a CPU. */
void kernel_cpu(const struct kernel *kernel, struct cpu *cpu)
{
    char text[128];
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) == -1)
        fail("getrusage: %s", strerror(errno));
    cpu->user = nanoseconds(usage.ru_utime);
    cpu->system = nanoseconds(usage.ru_stime);
    cpu->run = cpu->wait = 0;
    if (read_whole(kernel->schedstat, text, sizeof text)) {
        char *rest;
        cpu->run = strtoull(text, &rest, 10);
        cpu->wait = strtoull(rest, NULL, 10);
    }
}

/* These files consist of pairs of lines: names, then values in the same order. */
static int64_t counter(const char *text, const char *group, const char *name)
{
    size_t group_length = strlen(group), name_length = strlen(name);
    const char *names = text;
    while (names && strncmp(names, group, group_length) != 0) {
        names = strchr(names, '\n');
        if (names)
            names++;
    }
    const char *values = names ? strchr(names, '\n') : NULL;
    if (!values)
        return -1;
    values++;
    while (*names != '\n') {
        names += strcspn(names, " \n");
        values += strcspn(values, " \n");
        if (*names != ' ' || *values != ' ')
            return -1;
        names++;
        values++;
        if (strncmp(names, name, name_length) == 0 && strchr(" \n", names[name_length]))
            return strtoll(values, NULL, 10);
    }
    return -1;
}

void kernel_net(const struct kernel *kernel, const struct sockaddr_in *target, struct net *net)
{
    static char text[32 * KIB];
    const char *waiting;
    *net = (struct net){-1, -1, -1, -1, -1, number(kernel->conntrack), kernel->conntrack_most, {-1, -1}};
    diag_listening(kernel->diag, target, &net->listening);
    if (read_whole(kernel->netstat, text, sizeof text)) {
        net->listen_overflows = counter(text, "TcpExt:", "ListenOverflows");
        net->listen_drops = counter(text, "TcpExt:", "ListenDrops");
        net->time_wait_overflows = counter(text, "TcpExt:", "TCPTimeWaitOverflow");
    }
    if (read_whole(kernel->sockstat, text, sizeof text) && (waiting = strstr(text, " tw ")))
        net->time_wait = strtoll(waiting + 4, NULL, 10);
    if (read_whole(kernel->snmp, text, sizeof text))
        net->retransmits = counter(text, "Tcp:", "RetransSegs");
}

/* All sockets of the network namespace, of every program; -1: unknown. */
int64_t kernel_sockets(const struct kernel *kernel)
{
    char text[KIB];
    const char *used;
    if (read_whole(kernel->sockstat, text, sizeof text) && (used = strstr(text, "used ")))
        return strtoll(used + 5, NULL, 10);
    return -1;
}

uint64_t kernel_rss(const struct kernel *kernel)
{
    char text[128], *rest;
    if (!read_whole(kernel->statm, text, sizeof text))
        return 0;
    strtoull(text, &rest, 10); /* the first number is the virtual size */
    return strtoull(rest, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}
