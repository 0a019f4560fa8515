/* An exchange that the user describes: what is sent, and how the end of a reply is known.
 *
 * The parsers know nothing of sockets: bytes go in, cut anywhere, and what is kept from
 * one piece to the next is the twelve bytes of `struct reply`. */
#ifndef FLEET_EXCHANGE_H
#define FLEET_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEND_MOST 32768U
#define TEXT_MOST 1024U

enum taken {
    REPLY_PART,  /* all was taken, and more is needed */
    REPLY_WHOLE,
    REPLY_WRONG, /* whole, but not what it should say: the next one can be read */
    REPLY_FAULT  /* what follows cannot be understood */
};

/* Why a reply is at fault, or wrong. */
enum fault { NOT_AS_EXPECTED, NOT_THE_PROTOCOL, TOO_MANY_BYTES, OTHER_STATUS };

struct reply {
    uint32_t count; /* bytes of it so far */
    uint32_t left;  /* http: of the body or chunk; a number while it is read */
    uint16_t matched;
    uint8_t phase, flags;
};

struct exchange {
    enum { ECHO, BYTES, UNTIL, IS, HTTP } kind;
    uint8_t send[SEND_MOST];
    size_t send_bytes;
    uint64_t bytes, most; /* bytes: the length of a reply; most: of any */
    uint8_t text[TEXT_MOST]; /* until: what ends a reply; is: all of it */
    size_t text_bytes;
    uint16_t again[TEXT_MOST]; /* until: how much is still matched when the next byte is not */
    uint64_t status;
    bool head; /* a reply to HEAD has no body, whatever it says */
};

/* ---- exchange.c */
void exchange_prepare(struct exchange *exchange);
enum taken exchange_take(const struct exchange *exchange, struct reply *reply, const uint8_t **bytes,
                         size_t *length, enum fault *fault);

/* ---- http.c */
enum taken http_take(const struct exchange *exchange, struct reply *reply, const uint8_t **bytes,
                     size_t *length, enum fault *fault);
bool http_right(const struct reply *reply);
bool http_ends(const struct reply *reply);
bool http_closes(const struct reply *reply);

#endif
