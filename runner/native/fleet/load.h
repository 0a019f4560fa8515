/* The load: requests that are sent, and replies that are checked.
 *
 *   when?  loop.c (closed) | open.c (at a rate) | timer.c (think times)
 *   what?  request.c -> protocol: echo.c | dialogue.c (exchange.c | http.c) -> reply.c
 *
 * A request is begun (it has a number and the time it was due), sent, and
 * answered; on one connection requests are answered in the order they were sent. */
#ifndef FLEET_LOAD_H
#define FLEET_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exchange.h"
#include "hdr.h"

struct fleet;
struct connection;

/* ---- dist.c: sizes and times that differ from draw to draw */
struct dist {
    enum { CONSTANT, UNIFORM, EXPONENTIAL } kind;
    uint64_t low, high; /* constant: equal; exponential: the mean, and where it is cut off */
    uint64_t least;
};

double share_drawn(uint64_t random);
uint64_t dist_draw(const struct dist *dist, uint64_t random);

/* ---- what is sent and what must come back */
struct protocol {
    const char *name;
    /* Bytes of request `number`. */
    size_t (*size)(const struct fleet *fleet, const struct connection *c, uint32_t number);
    /* What is to be sent next, as much as lies together: from within one request to several. */
    const uint8_t *(*request)(struct fleet *fleet, const struct connection *c, size_t *length);
    /* Take bytes of the reply that is due; moves on behind those that belong to it. */
    enum taken (*reply)(struct fleet *fleet, struct connection *c, const uint8_t **bytes,
                        size_t *length, int *fault); /* fault: an error_kind */
};

extern const struct protocol echo_protocol, exchange_protocol;

/* ---- request.c */
void load_create(struct fleet *fleet);
uint64_t *request_due(struct fleet *fleet, const struct connection *c, uint32_t number);
uint64_t *request_sent(struct fleet *fleet, const struct connection *c, uint32_t number);
uint32_t request_last(const struct connection *c);
void request_begin(struct fleet *fleet, struct connection *c, uint64_t due);
void request_count_sent(struct fleet *fleet, struct connection *c, size_t bytes);
void requests_send(struct fleet *fleet, struct connection *c);

/* ---- reply.c */
void reply_event(struct fleet *fleet, struct connection *c, uint32_t events);
void reply_look(struct fleet *fleet, struct connection *c);

/* ---- churn.c: connections that are closed and opened anew */
bool churn_over(const struct fleet *fleet, const struct connection *c);
void churn_rest(struct fleet *fleet, struct connection *c);
void churn_reopen(struct fleet *fleet, struct connection *c);
void churn_begin(struct fleet *fleet);
void churn_turn(struct fleet *fleet);

/* ---- slow.c: those who are slow on purpose */
uint64_t slow_of(uint64_t active, uint64_t percent);
uint64_t slow_first(const struct fleet *fleet);
bool is_slow(const struct fleet *fleet, const struct connection *c);
void slow_begin(struct fleet *fleet);
void slow_turn(struct fleet *fleet, struct connection *c);
void slow_event(struct fleet *fleet, struct connection *c, uint32_t events);

/* ---- ramp.c: a load that grows */
uint64_t ramp_step(const struct fleet *fleet, uint64_t when);
uint64_t ramp_next(const struct fleet *fleet);
uint64_t ramp_of(const struct fleet *fleet, uint64_t total);

/* ---- loop.c: the closed loop */
void closed_begin(struct fleet *fleet, struct connection *c);
void closed_refill(struct fleet *fleet, struct connection *c);
void closed_resume(struct fleet *fleet, struct connection *c);

/* ---- open.c: the open loop */
struct open {
    double exact;     /* the next intended time, without rounding, in ns since `start` */
    uint64_t start;
    uint64_t due;     /* the same as a clock's time; UINT64_MAX: no request is scheduled */
    uint64_t freed;   /* when a connection became free after none was */
    bool first;       /* the kernel lets us run before others */
    bool starved;     /* a request is due and no connection is free */
    uint32_t *queue;  /* who is free, first come, first served */
    uint32_t head, count, mask;
    uint64_t number;  /* of the next arrival */
    uint64_t scheduled, unsent; /* in the window */
    struct hdr uncorrected;
};

void open_create(struct fleet *fleet);
void open_begin(struct fleet *fleet);
void open_turn(struct fleet *fleet);
void open_freed(struct fleet *fleet, const struct connection *c);
void open_end(struct fleet *fleet);

/* ---- timer.c: connections that wait for a time of their own */
struct timer {
    uint64_t when;
    uint32_t index;
};

struct timers {
    struct timer *heap;
    uint32_t count, capacity;
};

void timers_create(struct fleet *fleet, uint32_t capacity);
void timer_set(struct fleet *fleet, struct connection *c, uint64_t when);
void timers_turn(struct fleet *fleet);
uint64_t timers_next(const struct fleet *fleet);

/* ---- series.c: the window step by step */
struct bucket {
    uint32_t index, count;
};

struct step {
    uint64_t requests;
    uint32_t from, buckets; /* of the latencies, in the arena */
    uint64_t p50, p99;
};

struct series {
    struct step *steps;
    struct bucket *arena;
    uint32_t used;
    bool whole; /* the arena was large enough: every step's latencies are there */
    uint64_t *before, total; /* of the histogram when the step began */
};

void series_create(struct fleet *fleet);
void series_step(struct fleet *fleet);

#endif
