/* 2 connection: requests that are sent, and replies that are checked.
 *
 *   request.c -> protocol: echo.c | dialogue.c (exchange.c | http.c) -> reply.c
 *
 * A request is begun (it has a number and the time when it was due), sent, and answered. On one
 * connection the server answers requests in the order in which they were sent. */
#pragma once

#include "connection.h"

struct protocol {
    /* Bytes of request `number`. */
    size_t (*size)(const struct connections *all, const struct connection *c, uint32_t number);
    /* The bytes to send next, as many as are contiguous: of one request or of several. */
    const uint8_t *(*request)(struct connections *all, const struct connection *c, size_t *length);
    /* Take bytes of the reply that is due, and advance behind them. */
    enum taken (*reply)(struct connections *all, struct connection *c, const uint8_t **bytes,
                        size_t *length, enum error_kind *fault);
};

extern const struct protocol echo_protocol, exchange_protocol;

static inline size_t ring_slot(const struct connections *all, const struct connection *c, uint32_t number)
{
    return (size_t)index_of(all, c) * all->ring + (number & (all->ring - 1));
}

static inline uint64_t *request_due(const struct connections *all, const struct connection *c, uint32_t number)
{
    return &all->due[ring_slot(all, c, number)];
}

/* When the request was sent; in the closed loop that is when it was due. */
static inline uint64_t *request_sent(const struct connections *all, const struct connection *c, uint32_t number)
{
    return (all->actual ? all->actual : all->due) + ring_slot(all, c, number);
}

/* Number of the last request that may be sent now. */
static inline uint32_t request_last(const struct connection *c)
{
    return c->asked < c->last ? c->asked : c->last;
}

/* ---- request.c */
void requests_create(struct connections *all, uint64_t pipeline, bool dated);
void request_begin(struct connections *all, struct connection *c, uint64_t due);
void request_count_sent(struct connections *all, struct connection *c, size_t bytes);
void requests_send(struct connections *all, struct connection *c);

/* ---- reply.c */
void reply_event(struct connections *all, struct connection *c, uint32_t events);
void reply_look(struct connections *all, struct connection *c);

/* ---- prove.c */
bool prove_send(struct connections *all, struct connection *c);
void prove_event(struct connections *all, struct connection *c, uint32_t events);
