/* 5 main: a run, its phases, and the events that it prints. */
#pragma once

#include "fleet.h"
#include "options.h"

struct run {
    struct options options;
    struct fleet fleet;
    struct net net;         /* before the first connection */
    const char *stopped_by; /* what ended the opening of the ceiling, or NULL */
};

/* ---- prepare.c */
void prepare(struct fleet *fleet, const struct options *options);
void close_all(struct connections *all);

/* ---- first_crowd.c */
void serve_first_crowd(struct fleet *fleet, const struct options *options);

/* ---- phases.c */
void await_start(struct loop *loop);
void await_end(struct loop *loop);
void drive(struct loop *loop, uint64_t warmup);
void drive_unmeasured(struct loop *loop, uint64_t duration);
void prove_again(struct loop *loop);

/* ---- emit.c, result.c: one JSON object a line */
extern const char *const error_names[ERROR_KINDS];

void put_errors(const struct run *run);
void emit_hello(const struct kernel *kernel);
void emit_connected(const struct run *run);
void emit_result(const struct run *run);

/* ---- summary.c: a result for people; docker-compose.yml runs the load generator by hand */
void summary_begin(void);
int summary_end(const struct run *run);
