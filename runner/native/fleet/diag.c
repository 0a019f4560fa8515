/* What the kernel counts for the sockets of this trial and for no others: sock_diag(7).
 *
 * The counters of a network namespace are those of every program in it. Another program's full
 * listener, its retransmissions, its sockets in TIME_WAIT would be put down to the server that is
 * measured. So the listener is asked for by its port, and ours by whom they are connected to. */
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fleet.h"

#define LISTENING (1U << 10) /* TCP_LISTEN */
#define WAITING (1U << 6)    /* TCP_TIME_WAIT */
#define SERVING (1U << 1 | 1U << 4 | 1U << 5 | 1U << 8 | 1U << 9) /* established, or closing */
#define DROPS 8 /* SK_MEMINFO_DROPS */

typedef void each(void *into, const struct inet_diag_msg *socket, size_t length);

/* Opened once: at our limit there is no descriptor left. -1: this kernel has none. */
int diag_open(void)
{
    const struct timeval patience = {.tv_sec = 1};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd != -1)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/* Every socket of these states, by its own port or its peer's (0: any). False: the kernel did not
 * say, or not to the end. */
static bool dump(int fd, int family, uint32_t states, uint16_t own, uint16_t peer, uint8_t extra,
                 each *each, void *into)
{
    static _Alignas(struct nlmsghdr) char buffer[64 * KIB];
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 request;
    } asked = {{sizeof asked, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 0, 0},
               {.sdiag_family = (uint8_t)family,
                .sdiag_protocol = IPPROTO_TCP,
                .idiag_ext = extra,
                .idiag_states = states,
                .id = {.idiag_sport = own, .idiag_dport = peer}}};
    if (send(fd, &asked, sizeof asked, 0) != (ssize_t)sizeof asked)
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

/* What an attribute of that type says, or NULL where it is shorter than `least`. */
static const void *attribute(const struct inet_diag_msg *socket, size_t length, int type, size_t least)
{
    size_t at = NLMSG_ALIGN(sizeof *socket);
    while (at + sizeof(struct nlattr) <= length) {
        const struct nlattr *found = (const struct nlattr *)((const char *)socket + at);
        if (found->nla_len < sizeof *found || at + found->nla_len > length)
            return NULL;
        if (found->nla_type == type)
            return found->nla_len - sizeof *found >= least ? found + 1 : NULL;
        at += NLA_ALIGN(found->nla_len);
    }
    return NULL;
}

struct ours {
    struct in_addr target;
    struct listening *listening;
    uint64_t resent;
    uint32_t waiting[256]; /* by the last byte of our address */
};

/* Does it listen where we connect to: at that address, or at all of them? */
static bool listens_for(const struct ours *ours, const struct inet_diag_msg *socket)
{
    const uint32_t *at = socket->id.idiag_src;
    uint32_t last = socket->idiag_family == AF_INET ? at[0] : at[3];
    return last == 0 || last == ours->target.s_addr;
}

static void add_listener(void *into, const struct inet_diag_msg *socket, size_t length)
{
    struct ours *ours = into;
    const uint32_t *memory = attribute(socket, length, INET_DIAG_SKMEMINFO, (DROPS + 1) * sizeof *memory);
    if (!listens_for(ours, socket))
        return;
    if (ours->listening->backlog < socket->idiag_wqueue)
        ours->listening->backlog = socket->idiag_wqueue;
    if (memory && ours->listening->drops < 0)
        ours->listening->drops = 0;
    ours->listening->drops += memory ? memory[DROPS] : 0;
}

static void add_served(void *into, const struct inet_diag_msg *socket, size_t length)
{
    struct ours *ours = into;
    const size_t least = offsetof(struct tcp_info, tcpi_total_retrans) + sizeof(uint32_t);
    const struct tcp_info *info = attribute(socket, length, INET_DIAG_INFO, least);
    if (info)
        ours->resent += info->tcpi_total_retrans;
}

static void add_waiting(void *into, const struct inet_diag_msg *socket, size_t length)
{
    struct ours *ours = into;
    (void)length;
    if (socket->id.idiag_dst[0] == ours->target.s_addr)
        ours->waiting[ntohl(socket->id.idiag_src[0]) & 255]++;
}

static bool on_loopback(const struct sockaddr_in *target)
{
    return ntohl(target->sin_addr.s_addr) >> 24 == 127;
}

/* The server's listen queue: how long it is, and how many connections found it full. Only a server
 * on loopback is sure to be in this namespace. -1: not seen. */
void diag_listening(int fd, const struct sockaddr_in *target, struct listening *listening)
{
    struct ours ours = {.target = target->sin_addr, .listening = listening};
    const uint8_t memory = 1U << (INET_DIAG_SKMEMINFO - 1);
    *listening = (struct listening){-1, -1};
    if (fd == -1 || !on_loopback(target))
        return;
    dump(fd, AF_INET, LISTENING, target->sin_port, 0, memory, add_listener, &ours);
    dump(fd, AF_INET6, LISTENING, target->sin_port, 0, memory, add_listener, &ours);
}

/* Segments that the server's ends of our connections have sent again. */
uint64_t diag_served(int fd, const struct sockaddr_in *target)
{
    struct ours ours = {.target = target->sin_addr};
    const uint8_t info = 1U << (INET_DIAG_INFO - 1);
    if (fd == -1 || !on_loopback(target))
        return 0;
    dump(fd, AF_INET, SERVING, target->sin_port, 0, info, add_served, &ours);
    dump(fd, AF_INET6, SERVING, target->sin_port, 0, info, add_served, &ours);
    return ours.resent;
}

/* Ports that wait in TIME_WAIT towards the server, of the address that has most; -1: not known. */
int64_t diag_waiting(int fd, const struct sockaddr_in *target)
{
    struct ours ours = {.target = target->sin_addr};
    uint32_t most = 0;
    if (fd == -1 || !dump(fd, AF_INET, WAITING, 0, target->sin_port, 0, add_waiting, &ours))
        return -1;
    for (size_t i = 0; i < sizeof ours.waiting / sizeof *ours.waiting; i++)
        if (most < ours.waiting[i])
            most = ours.waiting[i];
    return most;
}

/* Segments that this end of a connection has sent again: SYNs that found no room, data. */
uint32_t diag_resent(int fd)
{
    struct tcp_info info;
    socklen_t length = sizeof info;
    const size_t least = offsetof(struct tcp_info, tcpi_total_retrans) + sizeof(uint32_t);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) == -1 || length < least)
        return 0;
    return info.tcpi_total_retrans;
}
