/* 2 connection: an echo must return the bytes of its request, in order, on its connection. */
#include "request.h"

static uint64_t tag_of(const struct connections *all, const struct connection *c, uint32_t number)
{
    return pattern_tag(all->pattern.seed, index_of(all, c), number);
}

/* A random size is drawn from the tag, so that it need not be stored. */
static size_t size_at(const struct connections *all, uint64_t tag)
{
    const struct dist *payload = all->payload;
    return payload->kind == CONSTANT ? payload->low : dist_draw(payload, mix(tag + 1));
}

static size_t size(const struct connections *all, const struct connection *c, uint32_t number)
{
    return size_at(all, tag_of(all, c, number));
}

/* Compose several short requests for one send. */
static const uint8_t *gather(struct connections *all, const struct connection *c, size_t *length)
{
    size_t used = 0, from = c->sent;
    uint32_t last = request_last(c);
    for (uint32_t number = c->written + 1; number <= last && used < REQUEST_BYTES; number++) {
        uint64_t tag = tag_of(all, c, number);
        size_t end = size_at(all, tag), room = REQUEST_BYTES - used;
        if (end - from > room)
            end = from + room;
        pattern_copy(&all->pattern, tag, from, end, all->request + used);
        used += end - from;
        from = 0;
    }
    *length = used;
    return all->request;
}

static const uint8_t *request(struct connections *all, const struct connection *c, size_t *length)
{
    if (request_last(c) - c->written > 1)
        return gather(all, c, length);
    uint64_t tag = tag_of(all, c, c->written + 1);
    return pattern_slice(&all->pattern, tag, c->sent, size_at(all, tag), all->request, length);
}

static enum taken reply(struct connections *all, struct connection *c, const uint8_t **bytes,
                        size_t *length, enum error_kind *fault)
{
    uint64_t tag = tag_of(all, c, c->answered + 1);
    size_t whole = size_at(all, tag);
    /* An echo is never longer than the bytes that were sent. */
    size_t due = (c->answered < c->written ? whole : c->sent) - c->reply.count;
    size_t part = *length < due ? *length : due;
    if (part == 0) {
        *fault = EXTRA;
        return REPLY_FAULT;
    }
    if (!pattern_matches(&all->pattern, tag, c->reply.count, *bytes, part)) {
        *fault = CORRUPT;
        return REPLY_FAULT;
    }
    c->reply.count += (uint32_t)part;
    *bytes += part;
    *length -= part;
    return c->reply.count == whole ? REPLY_WHOLE : REPLY_PART;
}

const struct protocol echo_protocol = {.size = size, .request = request, .reply = reply};
