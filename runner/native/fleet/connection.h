/* 2 connection: one connection, all of them, and how they are opened, lost and counted. */
#pragma once

#include "clock.h"
#include "exchange.h"
#include "kernel.h"
#include "pattern.h"
#include "source.h"

#define BUFFER_BYTES (256 * KIB)

enum state {
    CLOSED,     /* not yet opened, or lost */
    CONNECTING, /* connect() has not finished */
    PROVING,    /* connected; the proof of service has not arrived */
    READY,      /* served; nothing outstanding */
    BUSY,       /* requests are in flight (stream: the server owes a frame or an answer) */
    REPROVING   /* the ceiling: proves service a second time */
};

/* One connection, idle or active (stream: stalled or listener): 56 bytes */
struct connection {
    uint64_t stamp; /* since when it waits: for connect, a proof, the oldest reply; or the end of
                       a think time */
    int32_t fd; /* -1: none; below -1: it rests, and its descriptor is spare(fd) */
    uint32_t asked, written, answered; /* requests begun, sent to their end, answered */
    uint32_t last;             /* number of the last request that this connection carries */
    uint32_t sent;             /* bytes sent of request written + 1 */
    struct reply reply;        /* the part received of the reply to request answered + 1 */
    uint8_t state;
    bool anew; /* reopened, and not answered yet */
};
_Static_assert(sizeof(struct connection) <= 64, "an idle connection costs at most 64 bytes");

/* From the descriptor of a socket that is kept for the next connection to the value of `fd`, and
 * back. */
static inline int32_t spare(int32_t fd)
{
    return -2 - fd;
}

static inline bool rests(const struct connection *c)
{
    return c->fd < 0;
}

/* Everything that can go wrong with a connection, by its own name. */
enum error_kind {
    CONNECT_REFUSED, /* no process listens */
    CONNECT_TIMEOUT, /* no answer to SYN */
    CONNECT_OTHER,
    REFUSED, /* connected, but closed before the first echo */
    RESET,
    CLOSED_EARLY,
    CORRUPT,
    EXTRA, /* bytes without a request */
    REPLY_TIMEOUT,
    OWN_LIMIT, /* the load generator itself lacks descriptors, memory or ports */
    IDLE_LOST,
    PROTOCOL, /* not a reply of HTTP, or a frame of the stream */
    TOO_LONG, /* a reply without an end */
    STATUS_OTHER, /* http: a whole reply with another status */
    /* stream: these, and CORRUPT, are counted once a listener and do not close it */
    DISORDERED,
    EARLY,
    WRONG, /* the answer to a line */
    ERROR_KINDS
};

struct counts {
    uint32_t connecting; /* CONNECTING or PROVING */
    uint32_t busy;       /* BUSY or REPROVING */
    uint32_t idle_alive, active_alive;
    uint32_t refused, served; /* served: proved a second time */
    uint64_t completed;       /* proofs, replies and frames, whenever they arrived */
    uint64_t reopened;
    struct resent resent; /* of connections, when they were closed */
    uint64_t errors[ERROR_KINDS];
    int first_error;   /* an error_kind, or -1 */
    const char *limit; /* the resource of OWN_LIMIT, or NULL */
    uint32_t limit_granted;
};

enum reply_kind { PROOF, RIGHT_REPLY, WRONG_REPLY };

struct fleet; /* only a workload knows its fields */

/* The upcall of a reply: it was whole at time `at`, and the next request may follow. */
typedef void answered(struct fleet *fleet, struct connection *c, uint64_t at, enum reply_kind kind);

struct connections {
    struct clock *clock;
    struct connection *table; /* active ones first, then idle ones */
    uint32_t total;
    uint64_t active;
    struct counts counts;
    const struct source *source;
    int epoll;

    uint64_t per_connection; /* requests until a connection is reopened; 0: no limit */
    uint64_t connect_timeout, reply_timeout;
    bool until_refused;

    const struct protocol *protocol;
    const struct exchange *exchange;
    const struct dist *payload;
    struct pattern pattern;
    uint64_t *due;    /* when each request in flight was due; rings of `ring` */
    uint64_t *actual; /* when it was sent, if that differs (open loop); else NULL */
    uint32_t ring;
    answered *answered;
    struct fleet *fleet; /* argument of the upcall */

    uint8_t request[REQUEST_BYTES];
    uint8_t buffer[BUFFER_BYTES];
};

static inline uint32_t index_of(const struct connections *all, const struct connection *c)
{
    return (uint32_t)(c - all->table);
}

static inline bool is_idle(const struct connections *all, const struct connection *c)
{
    return index_of(all, c) >= all->active;
}

/* ---- connection.c */
bool connection_watch(const struct connections *all, struct connection *c);
void connection_proved(struct connections *all, struct connection *c);
void connection_close(struct connections *all, struct connection *c);
void count_error(struct connections *all, enum error_kind kind);

/* ---- loss.c */
void lose(struct connections *all, struct connection *c, enum error_kind kind);
void lose_by_errno(struct connections *all, struct connection *c, int error);
void lose_overdue(struct connections *all);

/* ---- rest.c */
uint32_t last_carried(const struct connections *all, const struct connection *c);
bool connection_over(const struct connections *all, const struct connection *c);
void connection_rest(struct connections *all, struct connection *c);
void connection_reopen(struct connections *all, struct connection *c);
