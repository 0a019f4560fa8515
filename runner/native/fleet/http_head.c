/* 0 pure: the three headers of an HTTP reply that say where the reply ends and whether the
 * server will close. */
#include <string.h>

#include "http.h"

static const char *const names[] = {"content-length", "transfer-encoding", "connection"};
enum { NAMES = sizeof names / sizeof *names, ALIKE = 3 /* bytes that two of the names share */ };

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
}

/* The headers are over. */
static void head_over(struct reply *reply)
{
    if (reply->flags & INTERIM)
        *reply = (struct reply){.count = reply->count};
    else if (reply->flags & BODILESS)
        reply->phase = DONE;
    else if (reply->flags & CHUNKED)
        reply->left = 0, reply->phase = CHUNK_SIZE;
    else if (reply->flags & HAS_LENGTH)
        reply->phase = reply->left > 0 ? BODY : DONE;
    else
        reply->phase = TO_THE_END;
    reply->flags &= (uint8_t)~DIGITS;
}

/* Which of the three names can it still be? Two names begin alike, so a mismatch may switch to the
 * other one. */
void http_name(struct reply *reply, uint8_t byte)
{
    const char *now = names[reply->phase - NAME_LENGTH];
    size_t at = reply->matched++;
    uint8_t small = lower(byte);
    if (small != '\0' && (uint8_t)now[at] == small)
        return;
    if (now[at] == '\0' && byte == ':') {
        reply->phase = (uint8_t)(LENGTH + reply->phase - NAME_LENGTH);
        reply->matched = 0;
        return;
    }
    for (uint8_t i = 0; i < NAMES && at <= ALIKE && small != '\0'; i++)
        if ((uint8_t)names[i][at] == small && memcmp(names[i], now, at) == 0) {
            reply->phase = NAME_LENGTH + i;
            return;
        }
    reply->phase = byte == '\n' ? HEADER : OTHER;
}

bool http_header(struct reply *reply, uint8_t byte)
{
    reply->matched = 0;
    if (byte == '\n')
        head_over(reply);
    else if (byte == ' ' || byte == '\t')
        return false; /* a folded line: obsolete, and a way to hide a header */
    else if (byte != '\r') {
        reply->phase = NAME_LENGTH;
        http_name(reply, byte);
    }
    return true;
}

bool http_digit(struct reply *reply, uint8_t byte, uint32_t base)
{
    uint8_t small = lower(byte);
    uint32_t value = small <= '9' ? (uint32_t)small - '0' : (uint32_t)small - 'a' + 10;
    if (small < '0' || value >= base || reply->left > (UINT32_MAX - base) / base)
        return false;
    reply->left = reply->left * base + value;
    reply->flags |= DIGITS;
    return true;
}

/* One number, given once, with optional spaces round it. */
bool http_length(struct reply *reply, uint8_t byte)
{
    if (byte == '\n') {
        bool right = reply->flags & DIGITS && !(reply->flags & HAS_LENGTH);
        reply->flags = (uint8_t)((reply->flags | HAS_LENGTH) & ~DIGITS);
        reply->phase = HEADER;
        return right;
    }
    if (byte == ' ' || byte == '\t' || byte == '\r') {
        reply->matched = reply->flags & DIGITS;
        return true;
    }
    return !(reply->flags & HAS_LENGTH) && reply->matched == 0 && http_digit(reply, byte, 10);
}

/* The words of a list. `matched`: the index of a known word times STRIDE, plus the bytes matched. */
void http_listed(struct reply *reply, uint8_t byte)
{
    static const struct { const char *word; uint8_t phase, set, clear; } known[] = {
        {"chunked", CODING, CHUNKED, 0}, {"close", CONNECTION, CLOSE, 0},
        {"keep-alive", CONNECTION, 0, CLOSE}};
    enum { STRIDE = 16, ELSE = 255 };
    bool between = byte == ',' || byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
    for (uint16_t i = 0; i < sizeof known / sizeof *known && reply->matched != ELSE; i++) {
        uint16_t at = reply->matched - i * STRIDE;
        bool this_one = reply->matched == 0 || (reply->matched > i * STRIDE && at < STRIDE);
        if (!this_one || reply->phase != known[i].phase)
            continue;
        if (reply->matched == 0)
            at = 0;
        if (between && at > 0 && known[i].word[at] == '\0')
            reply->flags = (uint8_t)((reply->flags | known[i].set) & ~known[i].clear);
        if (byte != '\0' && (uint8_t)known[i].word[at] == lower(byte)) {
            reply->matched = i * STRIDE + at + 1;
            return;
        }
    }
    reply->matched = between ? 0 : ELSE;
    if (byte == '\n')
        reply->phase = HEADER;
}
