/* 4 workload: requests and replies: a closed loop, an open loop or the ceiling; slow clients, churn
 * and a ramp.
 *
 *   closed.c | open.c | ceiling.c -> load.c -> slow.c, churn.c, ramp.c */
#pragma once

#include "loop.h"

struct load_options {
    struct dist payload, think;
    struct exchange exchange;
    uint64_t pipeline;
    uint64_t per_connection; /* requests until a connection is reopened; 0: no limit */
    uint64_t rate;           /* requests a second; 0: the closed loop */
    uint64_t churn, ramp, slow_readers, slow_writers, pace;
    uint64_t part, parts; /* the number of this load generator, from 0, among those that share the load */
    bool poisson;
};

extern const struct workload closed_workload, open_workload, ceiling_workload;

/* ---- load.c: what closed and open loop have in common */
void load_create(struct fleet *fleet);
void load_begin(struct fleet *fleet);
uint64_t load_next(const struct fleet *fleet);
bool load_prove(struct fleet *fleet, struct connection *c);
void load_event(struct fleet *fleet, struct connection *c, uint32_t events);
bool load_answered(struct fleet *fleet, struct connection *c, uint64_t at, enum reply_kind kind);

/* ---- open.c */
struct open {
    double exact;     /* the next intended time, not rounded, in ns since `start` */
    uint64_t start;
    uint64_t due;     /* the same as a time of the clock; UINT64_MAX: no request is scheduled */
    uint64_t freed;   /* when a connection became free after none was */
    bool first;       /* the kernel lets the load generator run before other processes */
    bool starved;     /* a request is due and no connection is free */
    uint32_t *queue;  /* of free connections, first in, first out */
    uint32_t head, count, mask;
    uint64_t number;  /* of the next arrival */
    uint64_t scheduled, unsent; /* in the window */
    struct hdr uncorrected;
};

void open_create(struct fleet *fleet);

/* ---- ceiling.c */
const char *ceiling_reason(const struct counts *counts);

/* ---- slow.c */
struct slow {
    bool any;
    uint32_t dropped, again;
};

uint64_t slow_of(uint64_t active, uint64_t percent);
uint64_t slow_first(const struct fleet *fleet);
bool is_slow(const struct fleet *fleet, const struct connection *c);
void slow_begin(struct fleet *fleet);
void slow_turn(struct fleet *fleet, struct connection *c);
void slow_event(struct fleet *fleet, struct connection *c, uint32_t events);

/* ---- churn.c */
struct churn {
    uint64_t count, next;
};

void churn_begin(struct fleet *fleet);
void churn_turn(struct fleet *fleet);

/* ---- ramp.c */
uint64_t ramp_step(const struct fleet *fleet, uint64_t when);
uint64_t ramp_next(const struct fleet *fleet);
uint64_t ramp_of(const struct fleet *fleet, uint64_t total);
