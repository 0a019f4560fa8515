/* The echo: what was sent must come back, byte by byte, in order, to whom it belongs. */
#include "fleet.h"

static uint64_t tag_of(const struct fleet *fleet, const struct connection *c, uint32_t number)
{
    return pattern_tag(fleet->options.seed, (uint32_t)(c - fleet->connections), number);
}

/* A size that is drawn is drawn from the tag, so that it need not be kept. */
static size_t size_at(const struct fleet *fleet, uint64_t tag)
{
    const struct dist *payload = &fleet->options.payload;
    return payload->kind == CONSTANT ? payload->low : dist_draw(payload, mix(tag + 1));
}

static size_t size(const struct fleet *fleet, const struct connection *c, uint32_t number)
{
    return size_at(fleet, tag_of(fleet, c, number));
}

/* Several short requests are put together for one send. */
static const uint8_t *gather(struct fleet *fleet, const struct connection *c, size_t *length)
{
    size_t used = 0, from = c->sent;
    uint32_t last = request_last(c);
    for (uint32_t number = c->written + 1; number <= last && used < REQUEST_BYTES; number++) {
        uint64_t tag = tag_of(fleet, c, number);
        size_t end = size_at(fleet, tag), room = REQUEST_BYTES - used;
        if (end - from > room)
            end = from + room;
        pattern_copy(fleet, tag, from, end, fleet->request + used);
        used += end - from;
        from = 0;
    }
    *length = used;
    return fleet->request;
}

static const uint8_t *request(struct fleet *fleet, const struct connection *c, size_t *length)
{
    if (request_last(c) - c->written > 1)
        return gather(fleet, c, length);
    uint64_t tag = tag_of(fleet, c, c->written + 1);
    return pattern_slice(fleet, tag, c->sent, size_at(fleet, tag), length);
}

static enum taken reply(struct fleet *fleet, struct connection *c, const uint8_t **bytes,
                        size_t *length, int *fault)
{
    uint64_t tag = tag_of(fleet, c, c->answered + 1);
    size_t whole = size_at(fleet, tag);
    /* No echo is longer than what was sent. */
    size_t due = (c->answered < c->written ? whole : c->sent) - c->reply.count;
    size_t part = *length < due ? *length : due;
    if (part == 0) {
        *fault = EXTRA;
        return REPLY_FAULT;
    }
    if (!pattern_matches(fleet, tag, c->reply.count, *bytes, part)) {
        *fault = CORRUPT;
        return REPLY_FAULT;
    }
    c->reply.count += (uint32_t)part;
    *bytes += part;
    *length -= part;
    return c->reply.count == whole ? REPLY_WHOLE : REPLY_PART;
}

const struct protocol echo_protocol = {
    .name = "echo", .size = size, .request = request, .reply = reply};
