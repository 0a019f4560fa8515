/* 1 socket: limits, CPU time and counters, as the kernel reports them. */
#pragma once

#include <netinet/in.h>
#include <stdint.h>

/* The server's listen queue; -1: unknown. */
struct listening {
    int64_t backlog, drops;
};

struct cpu {
    uint64_t user, system, wall, run, wait;
};

/* Segments that were sent again. `needless`: those that the other end had already, as it said by a
 * duplicate SACK (RFC 2883). */
struct resent {
    uint64_t segments, needless;
};

/* Of the whole network namespace, whatever its programs are; -1: unreadable. */
struct net {
    int64_t listen_overflows, listen_drops, retransmits;
    int64_t time_wait, time_wait_overflows; /* now; since the machine started */
    int64_t conntrack, conntrack_most;
    struct listening listening; /* of the server alone */
};

/* Files are opened once, before connections use up all descriptors. */
struct kernel {
    int schedstat, netstat, snmp, statm, sockstat, conntrack;
    int diag;
    uint64_t nofile_soft, nofile_hard;
    int64_t conntrack_most, somaxconn;
    char congestion[32];
};

/* ---- kernel.c */
void kernel_open(struct kernel *kernel);
void kernel_cpu(const struct kernel *kernel, struct cpu *cpu);
void kernel_net(const struct kernel *kernel, const struct sockaddr_in *target, struct net *net);
int64_t kernel_sockets(const struct kernel *kernel);
uint64_t kernel_rss(const struct kernel *kernel);

/* ---- diag.c: of the sockets of this trial alone */
int diag_open(void);
void diag_listening(int fd, const struct sockaddr_in *target, struct listening *listening);
void diag_served(int fd, const struct sockaddr_in *target, struct resent *sum);
int64_t diag_waiting(int fd, const struct sockaddr_in *target);
void diag_resent(int fd, struct resent *sum);
