/* 0 pure: replies of a known length, up to a delimiter, or of known bytes. */
#include <string.h>

#include "exchange.h"

/* The failure function of Knuth, Morris and Pratt: for each length of a match, the longest
 * shorter match that remains after a mismatch. With it the parser reads each byte once and
 * keeps no bytes, wherever the reply is cut. */
void exchange_prepare(struct exchange *exchange)
{
    static const char head[] = "HEAD ";
    uint16_t matched = 0;
    exchange->again[0] = 0;
    for (size_t i = 1; i < exchange->text_bytes; i++) {
        while (matched > 0 && exchange->text[i] != exchange->text[matched])
            matched = exchange->again[matched - 1];
        matched += exchange->text[i] == exchange->text[matched];
        exchange->again[i] = matched;
    }
    exchange->head = exchange->send_bytes >= sizeof head - 1 &&
                     memcmp(exchange->send, head, sizeof head - 1) == 0;
}

static enum taken take_bytes(const struct exchange *exchange, struct reply *reply,
                             const uint8_t **bytes, size_t *length)
{
    size_t due = exchange->bytes - reply->count, part = *length < due ? *length : due;
    reply->count += (uint32_t)part;
    *bytes += part;
    *length -= part;
    return reply->count == exchange->bytes ? REPLY_WHOLE : REPLY_PART;
}

static enum taken take_is(const struct exchange *exchange, struct reply *reply,
                          const uint8_t **bytes, size_t *length, enum fault *fault)
{
    size_t due = exchange->text_bytes - reply->count, part = *length < due ? *length : due;
    if (memcmp(*bytes, exchange->text + reply->count, part) != 0) {
        *fault = NOT_AS_EXPECTED;
        return REPLY_FAULT;
    }
    reply->count += (uint32_t)part;
    *bytes += part;
    *length -= part;
    return reply->count == exchange->text_bytes ? REPLY_WHOLE : REPLY_PART;
}

static enum taken take_until(const struct exchange *exchange, struct reply *reply,
                             const uint8_t **bytes, size_t *length, enum fault *fault)
{
    const uint8_t *from = *bytes, *at = from, *end = from + *length;
    while (at < end && reply->matched < exchange->text_bytes) {
        if (reply->matched == 0) {
            at = memchr(at, exchange->text[0], (size_t)(end - at));
            if (!at) {
                at = end;
                break;
            }
        }
        while (reply->matched > 0 && *at != exchange->text[reply->matched])
            reply->matched = exchange->again[reply->matched - 1];
        reply->matched += *at++ == exchange->text[reply->matched];
    }
    *length -= (size_t)(at - from);
    *bytes = at;
    if ((size_t)(at - from) > exchange->most - reply->count) {
        *fault = TOO_MANY_BYTES;
        return REPLY_FAULT;
    }
    reply->count += (uint32_t)(at - from);
    return reply->matched == exchange->text_bytes ? REPLY_WHOLE : REPLY_PART;
}

/* Take bytes up to the end of the reply; `length` is not 0. After a whole reply the caller
 * resets `reply`. */
enum taken exchange_take(const struct exchange *exchange, struct reply *reply, const uint8_t **bytes,
                         size_t *length, enum fault *fault)
{
    switch (exchange->kind) {
    case BYTES:
        return take_bytes(exchange, reply, bytes, length);
    case IS:
        return take_is(exchange, reply, bytes, length, fault);
    case UNTIL:
        return take_until(exchange, reply, bytes, length, fault);
    default:
        return http_take(exchange, reply, bytes, length, fault);
    }
}
