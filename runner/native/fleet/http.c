/* 0 pure: a reply of HTTP/1.x (RFC 9112): its end, its status, and whether the server will
 * close. A state machine: each phase takes its bytes and sets the next phase.
 *
 * The parser reads three headers: Content-Length, Transfer-Encoding and Connection. It skips
 * all other headers a line at a time. */
#include <string.h>

#include "http.h"

#define HEAD_MOST 65536U /* bytes before the body */

static bool version(struct reply *reply, uint8_t byte)
{
    static const char begin[] = "HTTP/1.";
    size_t at = reply->matched++;
    if (at < sizeof begin - 1)
        return byte == begin[at];
    if (at == sizeof begin - 1) {
        reply->flags |= byte == '0' ? CLOSE : 0; /* unless the reply says keep-alive */
        return byte == '0' || byte == '1';
    }
    reply->matched = 0;
    reply->phase = STATUS_CODE;
    return byte == ' ';
}

static bool status_code(const struct exchange *exchange, struct reply *reply, uint8_t byte)
{
    if (byte < '0' || byte > '9')
        return false;
    reply->left = reply->left * 10 + (uint32_t)(byte - '0');
    if (++reply->matched < 3)
        return true;
    if (reply->left == exchange->status)
        reply->flags |= RIGHT_STATUS;
    if (exchange->head || reply->left == 204 || reply->left == 304)
        reply->flags |= BODILESS;
    if (reply->left >= 100 && reply->left < 200)
        reply->flags |= INTERIM;
    reply->left = 0;
    reply->phase = STATUS_REST;
    return true;
}

static bool chunk_size(struct reply *reply, uint8_t byte)
{
    if (http_digit(reply, byte, 16))
        return true;
    if (!(reply->flags & DIGITS) || (byte != ';' && byte != ' ' && byte != '\r' && byte != '\n'))
        return false;
    reply->flags &= (uint8_t)~DIGITS;
    reply->phase = byte != '\n' ? CHUNK_EXTENSION : reply->left > 0 ? CHUNK : TRAILER;
    return true;
}

static bool chunk_end(struct reply *reply, uint8_t byte)
{
    if (byte == '\n')
        reply->phase = CHUNK_SIZE;
    return byte == '\n' || byte == '\r';
}

static void trailer(struct reply *reply, uint8_t byte)
{
    if (byte != '\r')
        reply->phase = byte == '\n' ? DONE : TRAILER_REST;
}

/* Parse one byte. False: the byte is not allowed here. */
static bool step(const struct exchange *exchange, struct reply *reply, uint8_t byte)
{
    switch (reply->phase) {
    case VERSION:
        return version(reply, byte);
    case STATUS_CODE:
        return status_code(exchange, reply, byte);
    case HEADER:
        return http_header(reply, byte);
    case NAME_LENGTH:
    case NAME_CODING:
    case NAME_CONNECTION:
        http_name(reply, byte);
        return true;
    case LENGTH:
        return http_length(reply, byte);
    case CODING:
    case CONNECTION:
        http_listed(reply, byte);
        return true;
    case CHUNK_SIZE:
        return chunk_size(reply, byte);
    case CHUNK_END:
        return chunk_end(reply, byte);
    default:
        trailer(reply, byte);
        return true;
    }
}

/* Skip to the end of a line or a body. Returns the bytes skipped; 0: the next byte must be parsed. */
static size_t skip(struct reply *reply, const uint8_t *bytes, size_t length)
{
    const uint8_t *end;
    size_t part = length;
    switch (reply->phase) {
    case BODY:
    case CHUNK:
        part = length < reply->left ? length : reply->left;
        reply->left -= (uint32_t)part;
        if (reply->left == 0)
            reply->phase = reply->phase == BODY ? DONE : CHUNK_END;
        return part;
    case TO_THE_END:
        return part;
    case STATUS_REST:
    case OTHER:
    case CHUNK_EXTENSION:
    case TRAILER_REST:
        end = memchr(bytes, '\n', length);
        if (!end)
            return part;
        if (reply->phase == CHUNK_EXTENSION)
            reply->phase = reply->left > 0 ? CHUNK : TRAILER;
        else
            reply->phase = reply->phase == TRAILER_REST ? TRAILER : HEADER;
        return (size_t)(end - bytes) + 1;
    default:
        return 0;
    }
}

enum taken http_take(const struct exchange *exchange, struct reply *reply, const uint8_t **bytes,
                     size_t *length, enum fault *fault)
{
    while (*length > 0 && reply->phase != DONE) {
        uint64_t most = reply->phase < BODY && exchange->most > HEAD_MOST ? HEAD_MOST : exchange->most;
        size_t part = skip(reply, *bytes, *length);
        if (part == 0 && !step(exchange, reply, **bytes)) {
            *fault = NOT_THE_PROTOCOL;
            return REPLY_FAULT;
        }
        part += part == 0;
        *bytes += part;
        *length -= part;
        if (part > most || reply->count > most - part) {
            *fault = TOO_MANY_BYTES;
            return REPLY_FAULT;
        }
        reply->count += (uint32_t)part;
    }
    if (reply->phase != DONE)
        return REPLY_PART;
    *fault = OTHER_STATUS;
    return http_right(reply) ? REPLY_WHOLE : REPLY_WRONG;
}

/* Is the status the expected one? */
bool http_right(const struct reply *reply)
{
    return reply->flags & RIGHT_STATUS;
}

/* The peer has closed: does that end the body? */
bool http_ends(const struct reply *reply)
{
    return reply->phase == TO_THE_END;
}

/* Will the peer close after this reply? */
bool http_closes(const struct reply *reply)
{
    return reply->flags & CLOSE || reply->phase == TO_THE_END;
}
