/* 0 pure: an exchange that the user describes: the request, and how a reply ends.
 *
 * The parsers do no I/O: they take pieces of any length. Between two pieces they keep the
 * twelve bytes of `struct reply`. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEND_MOST 32768U
#define TEXT_MOST 1024U

enum taken {
    REPLY_PART,  /* all bytes were taken, and more are needed */
    REPLY_WHOLE,
    REPLY_WRONG, /* whole, with an unexpected status: the next reply can be read */
    REPLY_FAULT  /* the bytes that follow cannot be parsed */
};

/* The reason for REPLY_FAULT or REPLY_WRONG. */
enum fault { NOT_AS_EXPECTED, NOT_THE_PROTOCOL, TOO_MANY_BYTES, OTHER_STATUS };

struct reply {
    uint32_t count; /* bytes so far */
    uint32_t left;  /* http: of the body or chunk; a number while it is read */
    uint16_t matched;
    uint8_t phase, flags;
};

struct exchange {
    enum { ECHO, BYTES, UNTIL, IS, HTTP } kind;
    uint8_t send[SEND_MOST];
    size_t send_bytes;
    uint64_t bytes, most; /* BYTES: the length of a reply; the largest length of any reply */
    uint8_t text[TEXT_MOST]; /* UNTIL: the delimiter; IS: the whole reply */
    size_t text_bytes;
    uint16_t again[TEXT_MOST]; /* UNTIL: bytes that still match after a mismatch */
    uint64_t status;
    bool head; /* a reply to HEAD has no body, whatever its headers say */
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
