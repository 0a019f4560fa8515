/* 1 socket: what the kernel counts for the sockets of this trial alone, by sock_diag(7).
 *
 * The counters of a network namespace cover every program in it. The full listen queue of another
 * program, its retransmissions and its sockets in TIME_WAIT would be attributed to the measured
 * server. So this file selects the listener by its port, and connections by their peer. */
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel.h"
#include "quantity.h"

#define LISTENING (1U << 10) /* TCP_LISTEN */
#define WAITING (1U << 6)    /* TCP_TIME_WAIT */
#define SERVING (1U << 1 | 1U << 4 | 1U << 5 | 1U << 8 | 1U << 9) /* established, or closing */
#define DROPS 8 /* SK_MEMINFO_DROPS */
/* How much of its tcp_info a kernel must fill: Linux 4.19 and later do. */
#define KNOWN (offsetof(struct tcp_info, tcpi_dsack_dups) + sizeof(uint32_t))

typedef void each(void *into, const struct inet_diag_msg *socket, size_t length);

/* -1: this kernel has no sock_diag. */
int diag_open(void)
{
    const struct timeval patience = {.tv_sec = 1};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd != -1)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/* Every socket in one of `states`, by its own port and its peer's port (0: any). False: the kernel
 * gave no answer, or an incomplete one. */
static bool dump(int fd, int family, uint32_t states, uint16_t own, uint16_t peer, uint8_t extra,
                 each *each, void *into)
{
    static _Alignas(struct nlmsghdr) char buffer[64 * KIB];
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } query = {{sizeof query, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 0, 0},
               {.sdiag_family = (uint8_t)family,
                .sdiag_protocol = IPPROTO_TCP,
                .idiag_ext = extra,
                .idiag_states = states,
                .id = {.idiag_sport = own, .idiag_dport = peer}}};
    if (send(fd, &query, sizeof query, 0) != (ssize_t)sizeof query)
        return false;
    for (;;) {
        ssize_t n = recv(fd, buffer, sizeof buffer, 0);
        if (n <= 0)
            return false;
        size_t left = (size_t)n;
        const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;
        for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
            if (message->nlmsg_type == NLMSG_DONE)
                return true;
            if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY)
                return false;
            size_t length = NLMSG_PAYLOAD(message, 0);
            if (length >= sizeof(struct inet_diag_msg))
                each(into, NLMSG_DATA(message), length);
        }
    }
}

/* The value of the attribute `type`, or NULL if it is shorter than `least`. */
static const void *attribute(const struct inet_diag_msg *socket, size_t length, int type, size_t least)
{
    size_t at = NLMSG_ALIGN(sizeof *socket);
    while (at + sizeof(struct nlattr) <= length) {
        const struct nlattr *header = (const struct nlattr *)((const char *)socket + at);
        if (header->nla_len < sizeof *header || at + header->nla_len > length)
            return NULL;
        if (header->nla_type == type)
            return header->nla_len - sizeof *header >= least ? header + 1 : NULL;
        at += NLA_ALIGN(header->nla_len);
    }
    return NULL;
}

struct tally {
    struct in_addr target;
    struct listening *listening;
    struct resent *resent;
    uint32_t waiting[256]; /* by the last byte of the local address */
};

/* Does the socket listen at the target address, or at all addresses? */
static bool listens_for(const struct tally *tally, const struct inet_diag_msg *socket)
{
    const uint32_t *at = socket->id.idiag_src;
    uint32_t last = socket->idiag_family == AF_INET ? at[0] : at[3];
    return last == 0 || last == tally->target.s_addr;
}

static void add_listener(void *into, const struct inet_diag_msg *socket, size_t length)
{
    struct tally *tally = into;
    const uint32_t *memory = attribute(socket, length, INET_DIAG_SKMEMINFO, (DROPS + 1) * sizeof *memory);
    if (!listens_for(tally, socket))
        return;
    if (tally->listening->backlog < socket->idiag_wqueue)
        tally->listening->backlog = socket->idiag_wqueue;
    if (memory && tally->listening->drops < 0)
        tally->listening->drops = 0;
    tally->listening->drops += memory ? memory[DROPS] : 0;
}

/* Of one end of a connection: its SYNs and data. On loopback a segment is sent again without a loss
 * when the other end's program reads late: the kernel there delays its acknowledgement up to 40 ms,
 * and the sender sends the last segment again after twice the round-trip time (RFC 8985, tail loss
 * probe). */
static void add_resent(struct resent *sum, const struct tcp_info *info)
{
    uint32_t again = info->tcpi_total_retrans, needless = info->tcpi_dsack_dups;
    sum->segments += again;
    sum->needless += needless < again ? needless : again;
}

static void add_served(void *into, const struct inet_diag_msg *socket, size_t length)
{
    struct tally *tally = into;
    const struct tcp_info *info = attribute(socket, length, INET_DIAG_INFO, KNOWN);
    if (info)
        add_resent(tally->resent, info);
}

static void add_waiting(void *into, const struct inet_diag_msg *socket, size_t length)
{
    struct tally *tally = into;
    (void)length;
    if (socket->id.idiag_dst[0] == tally->target.s_addr)
        tally->waiting[ntohl(socket->id.idiag_src[0]) & 255]++;
}

static bool on_loopback(const struct sockaddr_in *target)
{
    return ntohl(target->sin_addr.s_addr) >> 24 == 127;
}

/* The server's listen queue: its length, and the connections that it dropped because it was full.
 * Only a server on loopback is sure to be in this namespace. -1: unknown. */
void diag_listening(int fd, const struct sockaddr_in *target, struct listening *listening)
{
    struct tally tally = {.target = target->sin_addr, .listening = listening};
    const uint8_t memory = 1U << (INET_DIAG_SKMEMINFO - 1);
    *listening = (struct listening){-1, -1};
    if (fd == -1 || !on_loopback(target))
        return;
    dump(fd, AF_INET, LISTENING, target->sin_port, 0, memory, add_listener, &tally);
    dump(fd, AF_INET6, LISTENING, target->sin_port, 0, memory, add_listener, &tally);
}

/* Segments that the server has sent again on the connections of its port. */
void diag_served(int fd, const struct sockaddr_in *target, struct resent *sum)
{
    struct tally tally = {.target = target->sin_addr, .resent = sum};
    const uint8_t info = 1U << (INET_DIAG_INFO - 1);
    if (fd == -1 || !on_loopback(target))
        return;
    dump(fd, AF_INET, SERVING, target->sin_port, 0, info, add_served, &tally);
    dump(fd, AF_INET6, SERVING, target->sin_port, 0, info, add_served, &tally);
}

/* Ports in TIME_WAIT towards the server, of the local address that has the most; -1: unknown. */
int64_t diag_waiting(int fd, const struct sockaddr_in *target)
{
    struct tally tally = {.target = target->sin_addr};
    uint32_t most = 0;
    if (fd == -1 || !dump(fd, AF_INET, WAITING, 0, target->sin_port, 0, add_waiting, &tally))
        return -1;
    for (size_t i = 0; i < sizeof tally.waiting / sizeof *tally.waiting; i++)
        if (most < tally.waiting[i])
            most = tally.waiting[i];
    return most;
}

/* Segments that this end of a connection has sent again. */
void diag_resent(int fd, struct resent *sum)
{
    struct tcp_info info;
    socklen_t length = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 && length >= KNOWN)
        add_resent(sum, &info);
}
