/* 3 loop: the window, the time in which the load generator measures, and its series of intervals. */
#pragma once

#include "clock.h"
#include "hdr.h"
#include "kernel.h"

struct bucket {
    uint32_t index, count;
};

struct step {
    uint64_t requests;
    uint32_t from, buckets; /* of its latencies, in the arena */
    uint64_t p50, p99;
};

struct series {
    struct step *steps;
    struct bucket *arena;
    uint32_t used;
    bool whole; /* the arena was large enough for the latencies of every step */
    uint64_t *before, total; /* of the histogram when the step began */
};

struct window {
    uint64_t duration, interval;
    uint64_t start, end; /* UINT64_MAX: not begun */
    uint64_t interval_end;
    uint32_t slot, intervals;
    uint64_t requests, bytes;
    uint64_t within;   /* requests that were sent and answered in the window */
    double across;     /* requests across one of its ends: the sum of their shares inside */
    uint64_t accepted; /* connections that were reopened and answered */
    uint64_t span;     /* real time at the start, then over the window */
    uint64_t still, still_in_window; /* for how long the load generator did not run and read no clock */
    struct cpu cpu;     /* at the start, then over the window */
    struct hdr latency; /* stream: lateness of a frame, the time since it was due */
    struct hdr lag;     /* how late the load generator itself was with what was due by its clock */
    struct series series;
};

static inline bool window_holds(const struct window *window, uint64_t at)
{
    return at >= window->start && at <= window->end;
}

/* ---- window.c */
void window_open(struct window *window, const struct kernel *kernel, struct clock *clock);
void window_close(struct window *window, const struct kernel *kernel, struct clock *clock);
void window_count(struct window *window, uint64_t at);
void window_answered(struct window *window, uint64_t sent, uint64_t at);

/* ---- series.c */
void series_create(struct window *window);
void series_step(struct window *window);
