/* 0 pure: the phases of an HTTP reply. http.c parses its lines and its body, http_head.c its
 * headers. */
#pragma once

#include "exchange.h"

enum phase {
    VERSION,     /* HTTP/1.0 or HTTP/1.1, and a space */
    STATUS_CODE, /* three digits */
    STATUS_REST, /* to the end of the line */
    HEADER,      /* the first byte of a line */
    NAME_LENGTH, /* a name that may still become this one of the three known names */
    NAME_CODING,
    NAME_CONNECTION,
    OTHER,  /* the rest of a line that is skipped */
    LENGTH, /* the values of the three known names */
    CODING,
    CONNECTION,
    BODY,
    CHUNK_SIZE,
    CHUNK_EXTENSION,
    CHUNK,
    CHUNK_END,
    TRAILER, /* the first byte of a line after the last chunk */
    TRAILER_REST,
    TO_THE_END, /* the body ends when the connection does */
    DONE
};

enum flag {
    RIGHT_STATUS = 1,
    INTERIM = 2,  /* 1xx: the final reply follows */
    BODILESS = 4, /* whatever its headers say */
    HAS_LENGTH = 8,
    CHUNKED = 16,
    CLOSE = 32, /* the connection ends with this reply */
    DIGITS = 64 /* a number is being read */
};

/* ---- http_head.c: each takes one byte; false: the byte is not allowed there */
bool http_header(struct reply *reply, uint8_t byte);
void http_name(struct reply *reply, uint8_t byte);
bool http_length(struct reply *reply, uint8_t byte);
void http_listed(struct reply *reply, uint8_t byte);
bool http_digit(struct reply *reply, uint8_t byte, uint32_t base);
