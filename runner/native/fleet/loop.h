/* 3 loop: one thread, one epoll set, one clock. The loop knows a load only as a struct workload. */
#pragma once

#include <sys/epoll.h>

#include "connection.h"
#include "window.h"

#define EVENT_BATCH 512
#define TOKEN_SIGNAL UINT32_MAX
#define TOKEN_STDIN (UINT32_MAX - 1)

/* What a run does. NULL: there is nothing to do. A workload sets the loop's `wake` when it has
 * something due. */
struct workload {
    void (*begin)(struct fleet *fleet); /* start, or continue after the turns of other load generators */
    bool (*prove)(struct fleet *fleet, struct connection *c); /* send a proof of service; true: sent */
    void (*event)(struct fleet *fleet, struct connection *c, uint32_t events); /* connected */
    void (*due)(struct fleet *fleet); /* do what is due by the clock */
    uint64_t (*next)(const struct fleet *fleet); /* when the next thing is due; UINT64_MAX: never */
    answered *answered;
    void (*end)(struct fleet *fleet);     /* the window is over */
    void (*drained)(struct fleet *fleet); /* every reply has arrived */
};

/* Interleaving. `turn` of `turns` is this load generator, `slot` the length of a turn. */
struct turns {
    uint64_t turn, turns, slot;
    uint64_t end;     /* of the current turn; UINT64_MAX: not interleaved */
    uint64_t overrun; /* for how long requests were in flight in the turns of other load generators */
    bool holding;     /* it is another load generator's turn: no request is begun */
};

/* A connection that waits for a time of its own. */
struct timer {
    uint64_t when;
    uint32_t index;
};

struct timers {
    struct timer *heap;
    uint32_t count, capacity;
};

struct opening {
    uint32_t opened;
    uint64_t in_flight; /* how many may be CONNECTING or PROVING at once */
    bool small_idle;    /* idle connections get the smallest receive buffer */
};

struct progress {
    uint64_t next, time, mark;
};

struct loop {
    struct clock *clock;
    struct connections *all;
    const struct kernel *kernel;
    const struct workload *workload;
    struct fleet *fleet; /* argument of the workload's functions */
    struct window window;
    struct turns turns;
    struct timers timers;
    struct opening opening;
    struct progress progress;
    uint64_t started, deadline, tick, next_tick;
    uint64_t wake;  /* when the workload has something due; UINT64_MAX: never */
    uint64_t early; /* so much earlier the loop stops sleeping, and polls until `wake` */
    bool driving;  /* requests are sent, from the warm-up on */
    bool draining; /* the window is over: replies are awaited, no request is sent */
    bool go;       /* `start` was read */
    const char *phase;   /* connecting, warmup, measuring; NULL: no progress is printed */
    const char *stopped; /* why the load generator ends early: signal, stdin, deadline; else NULL */
    struct epoll_event events[EVENT_BATCH];
};

static inline uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* ---- events.c */
void events_open(struct loop *loop);
int events_turn(struct loop *loop, uint64_t until);
void run_until(struct loop *loop, bool (*done)(const struct loop *loop), uint64_t until);
void due_turn(struct loop *loop);
bool none_busy(const struct loop *loop);

/* ---- connect.c */
void connect_all(struct loop *loop);
void connect_again(struct loop *loop, struct connection *c);

/* ---- start.c, progress.c */
void start_read(struct loop *loop);
void emit_progress(struct loop *loop);

/* ---- timer.c */
void timers_create(struct timers *timers, uint32_t capacity);
void timer_set(struct loop *loop, struct connection *c, uint64_t when);
uint64_t timers_next(const struct timers *timers);
void timers_turn(struct loop *loop, void (*expired)(struct fleet *fleet, struct connection *c));

/* ---- turns.c */
uint64_t turns_place(uint64_t round, uint64_t turns, uint64_t turn);
void turns_begin(struct loop *loop);
void turns_next(struct loop *loop);
