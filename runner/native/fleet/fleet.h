/* What the stages of the fleet hand to each other.
 *
 *   options -> connect -> (start) -> loop (load | stream) | ceiling -> emit
 *
 * One thread, one epoll, one array of small connections. Nothing is allocated
 * once the connections are open. */
#ifndef FLEET_H
#define FLEET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <time.h>

#include "hdr.h"
#include "load.h"
#include "stream.h"

#define MILLISECOND 1000000ULL
#define SECOND 1000000000ULL
#define KIB 1024ULL
#define MIB (1024 * KIB)

/* ---- options.c, quantity.c: every number is a uint64_t so that a table can fill them */
struct options {
    char host[256];
    uint64_t port;
    uint64_t idle, active, connections;
    struct dist payload, think;
    struct exchange exchange;
    uint64_t seed, pipeline, per_connection;
    uint64_t rate; /* requests a second; 0: the closed loop */
    uint64_t churn, ramp, slow_readers, slow_writers, pace;
    uint64_t part, parts; /* which of so many fleets that share the load this one is, from 0 */
    uint64_t turn, turns, slot; /* the same of those that take turns, each for a slot's time */
    uint64_t warmup, duration, interval;
    uint64_t connect_timeout, reply_timeout, deadline;
    uint64_t sources, in_flight;
    uint64_t control, late, spread; /* stream: lines a second, what counts as late, when they begin */
    bool wait, until_refused, stream, poisson, fin, summary, help;
};

enum unit { COUNT, SIZE, TIME, SHARE };

void options_parse(struct options *options, int argc, char **argv);
bool quantity_parse(const char *text, enum unit unit, uint64_t *value);
bool dist_parse(const char *text, enum unit unit, uint64_t least, uint64_t most, struct dist *dist);
const char *quantity_advice(enum unit unit);

/* ---- one connection, idle or active (stream: stalled or listener): 56 bytes */
enum state {
    CLOSED,     /* not yet opened, or lost */
    CONNECTING, /* connect() under way */
    PROVING,    /* connected; what proves service is not yet back */
    READY,      /* served; nothing outstanding */
    BUSY,       /* requests are in flight (stream: a frame or an answer is owed) */
    REPROVING   /* the ceiling: once more, to see that it still lives */
};

struct connection {
    uint64_t stamp; /* when what it waits for began: connect, proof, the oldest request; or a
                       think time's end */
    int32_t fd; /* -1: none; below: it rests, and this is spare(fd) */
    uint32_t asked, written, answered; /* requests begun, sent to their end, answered */
    uint32_t last;             /* number of the last request that this connection carries */
    uint32_t sent;             /* bytes of request written + 1 */
    struct reply reply;        /* what has come of the reply to answered + 1 */
    uint8_t state;
    bool anew; /* opened anew, and not answered yet */
};
_Static_assert(sizeof(struct connection) <= 64, "an idle connection costs at most 64 bytes");

/* The descriptor of a socket that is kept for the next connection, and back. */
static inline int32_t spare(int32_t fd)
{
    return -2 - fd;
}

static inline bool rests(const struct connection *c)
{
    return c->fd < 0;
}

/* ---- everything that can go wrong with a connection, by its own name */
enum error_kind {
    CONNECT_REFUSED, /* nobody listens */
    CONNECT_TIMEOUT, /* SYN unanswered */
    CONNECT_OTHER,
    REFUSED, /* connected, but closed before the first echo */
    RESET,
    CLOSED_EARLY,
    CORRUPT,
    EXTRA, /* bytes that nobody asked for */
    REPLY_TIMEOUT,
    OWN_LIMIT, /* the fleet's own descriptors, memory or ports ran out */
    IDLE_LOST,
    PROTOCOL, /* not a reply of HTTP, or a frame of the stream */
    TOO_LONG, /* a reply without an end */
    STATUS_OTHER, /* http: whole, but another status */
    /* stream: these, and CORRUPT, are counted once a listener, which is then heard on */
    DISORDERED,
    EARLY,
    WRONG, /* the answer to a line */
    ERROR_KINDS
};

struct cpu {
    uint64_t user, system, wall, run, wait;
};

/* The server's listen queue; -1: not seen. */
struct listening {
    int64_t backlog, drops;
};

/* Of the whole network namespace, whatever its programs are; -1: unreadable. */
struct net {
    int64_t listen_overflows, listen_drops, retransmits;
    int64_t time_wait, time_wait_overflows; /* now; since the machine started */
    int64_t conntrack, conntrack_most;
    struct listening listening; /* of the server alone */
};

struct kernel {
    int schedstat, netstat, snmp, statm, sockstat, conntrack; /* opened once: at our limit there is no descriptor left */
    int diag;
    uint64_t nofile_soft, nofile_hard;
    int64_t conntrack_most, somaxconn;
    char congestion[32];
};

#define EVENT_BATCH 512
#define BUFFER_BYTES (256 * KIB)
#define REQUEST_BYTES (64 * KIB)

struct fleet {
    struct options options;
    struct kernel kernel;
    int epoll;
    struct sockaddr_in target;

    struct connection *connections; /* active ones first, then idle ones */
    uint32_t total, opened, sources;
    uint32_t connecting; /* CONNECTING or PROVING now: at most options.in_flight */
    uint32_t busy;       /* BUSY or REPROVING now */
    uint32_t idle_alive, active_alive;
    uint32_t refused, served;
    uint64_t errors[ERROR_KINDS];
    int first_error;          /* an error_kind, or -1 */
    const char *limit;        /* what OWN_LIMIT was about, or NULL */
    const char *stopped_by;   /* what ended the ceiling, or NULL */
    uint32_t limit_granted;

    uint64_t now, started, next_tick, next_progress, tick;
    uint64_t window_start, window_end;
    uint64_t requests, completed, progress_mark, progress_time;
    uint64_t within; /* requests that were sent and answered in the window */
    double across;   /* those that lie across one of its ends: the shares of them inside */
    uint64_t bytes, accepted; /* accepted: opened anew and answered, in the window */
    uint64_t reopened;
    uint64_t resent; /* segments that connections had sent again which are closed by now */
    uint64_t churned, next_churn; /* by --churn: how many, and when the next is due */
    uint64_t driven; /* closed loop: active connections that have begun */
    uint32_t slow_dropped, slow_again;
    bool slow; /* there are some who are slow on purpose */
    uint64_t interval_end;
    uint32_t interval_slot, intervals;
    struct series series;
    bool holding;  /* it is another fleet's turn: no request is begun */
    uint64_t turn_end;  /* UINT64_MAX: this one takes no turns */
    uint64_t overrun;   /* for so long our requests were still in flight in the turns of others */
    uint64_t still, still_in_window; /* so long we were not there to look at the clock */
    uint64_t span;      /* real time at the window's start, then over the window */
    bool driving;  /* requests are sent, from the warm-up on */
    bool draining; /* the window is over: replies are awaited, no request is sent */
    bool go;       /* `start` was read */
    const char *phase;   /* connecting, warmup, measuring; NULL: no progress is shown */
    const char *stopped; /* why it ends early: signal, stdin, deadline; NULL: it does not */

    const struct protocol *protocol;
    uint64_t *due;    /* of each request in flight: when it was due; rings of `ring` */
    uint64_t *actual; /* open loop: when it was sent; else NULL */
    uint32_t ring;
    struct open open;
    struct timers timers;
    uint64_t wake; /* something of ours is due then; UINT64_MAX: nothing */

    struct listener *listeners; /* stream: one beside each connection; else NULL */
    struct stream stream;

    struct cpu cpu; /* at the window's start, then over the window */
    struct net net; /* at the start, then over the fleet's life */
    struct hdr latency; /* stream: lateness: of a frame, the time since it was due */
    struct hdr lag;     /* what was due by our own clock: how late we were, nobody else */

    struct epoll_event events[EVENT_BATCH];
    uint8_t *pattern;
    uint8_t request[REQUEST_BYTES];
    uint8_t buffer[BUFFER_BYTES];
};

/* While others have their turn our clock stands still: turns.c. */
extern uint64_t clock_paused;

/* Answered from the vDSO without entering the kernel, so it cannot fail: 20 to 30 ns. */
static inline uint64_t clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * SECOND + (uint64_t)t.tv_nsec - clock_paused;
}

/* ---- pattern.c: the bytes that every request consists of */
void pattern_create(struct fleet *fleet);
uint64_t mix(uint64_t x);
uint64_t pattern_tag(uint64_t seed, uint32_t index, uint32_t sequence);
uint8_t pattern_proof(const struct fleet *fleet, const struct connection *c);
const uint8_t *pattern_slice(struct fleet *fleet, uint64_t tag, size_t from, size_t end,
                             size_t *length);
void pattern_copy(const struct fleet *fleet, uint64_t tag, size_t from, size_t end, uint8_t *out);
bool pattern_matches(const struct fleet *fleet, uint64_t tag, size_t from, const uint8_t *found,
                     size_t length);

/* ---- source.c: where connections come from */
void target_resolve(struct fleet *fleet);
int source_connect(struct fleet *fleet, uint32_t ordinal, bool small);
bool source_disconnect(int fd);
bool source_reconnect(const struct fleet *fleet, int fd);

/* ---- connect.c: open every connection and prove it served */
void connect_all(struct fleet *fleet);
void connect_event(struct fleet *fleet, struct connection *c, uint32_t events);
void connect_again(struct fleet *fleet, struct connection *c);
void connect_served(struct fleet *fleet, struct connection *c);
bool watch_all(struct fleet *fleet, struct connection *c);
bool prove_send(struct fleet *fleet, struct connection *c);

/* ---- loss.c: how a connection ends, and under which name it is counted */
void connection_close(struct fleet *fleet, struct connection *c);
const char *own_lack(int error);
void count_error(struct fleet *fleet, enum error_kind kind);
void lose(struct fleet *fleet, struct connection *c, enum error_kind kind);
void lose_by_errno(struct fleet *fleet, struct connection *c, int error);
void lose_overdue(struct fleet *fleet);
bool is_idle(const struct fleet *fleet, const struct connection *c);

/* ---- events.c: one turn of the one loop; start.c: the common start */
#define TOKEN_SIGNAL UINT32_MAX
#define TOKEN_STDIN (UINT32_MAX - 1)
void events_open(struct fleet *fleet);
int events_turn(struct fleet *fleet, uint64_t until);
void await_start(struct fleet *fleet);
void await_end(struct fleet *fleet);
void start_read(struct fleet *fleet);

/* ---- loop.c: the window, and the closed loop in it; ceiling.c: until refused */
void drive(struct fleet *fleet);
void due_turn(struct fleet *fleet);
void window_open(struct fleet *fleet);
void window_close(struct fleet *fleet);
bool window_holds(const struct fleet *fleet);
void window_count(struct fleet *fleet);
const char *ceiling_reason(const struct fleet *fleet);
void ceiling_prove(struct fleet *fleet);

/* ---- turns.c: fleets that take turns */
uint64_t turns_place(uint64_t round, uint64_t turns, uint64_t turn);
void turns_begin(struct fleet *fleet);
void turns_next(struct fleet *fleet);

/* ---- kernel.c: what the kernel knows about us */
void kernel_open(struct kernel *kernel);
void kernel_cpu(const struct kernel *kernel, struct cpu *cpu);
void kernel_net(const struct kernel *kernel, const struct sockaddr_in *target, struct net *net);
int64_t kernel_sockets(const struct kernel *kernel);
uint64_t kernel_rss(const struct kernel *kernel);

/* ---- diag.c: what the kernel counts for our sockets and the server's, and for no others */
int diag_open(void);
void diag_listening(int fd, const struct sockaddr_in *target, struct listening *listening);
uint64_t diag_served(int fd, const struct sockaddr_in *target);
int64_t diag_waiting(int fd, const struct sockaddr_in *target);
uint32_t diag_resent(int fd);

/* ---- emit.c, result.c: JSON lines */
void emit_hello(const struct fleet *fleet);
void emit_progress(struct fleet *fleet);
void emit_connected(const struct fleet *fleet);
void emit_event(const char *event);
void emit_result(struct fleet *fleet);
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
