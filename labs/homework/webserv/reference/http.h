/* http.h: one request of HTTP/1.1 and the head of its reply, as text. It touches no socket. */
#ifndef HTTP_H
#define HTTP_H

#include "documents.h"

#include <stdbool.h>
#include <stddef.h>

enum { REQUEST_MOST = 8 * 1024, REPLY_HEAD_MOST = 256 };

/* What is sent back: a head, and then the document. */
struct reply {
    char head[REPLY_HEAD_MOST];
    size_t head_length;
    struct document body;
    bool last; /* the connection is closed after this reply */
};

/* Look at the bytes that a client has sent. Returns how many of them are a whole request, to which
 * `reply` is the reply; 0 if the request is not complete yet. After a request that cannot be
 * understood nothing else can be: it takes all bytes, and its reply is the last. */
size_t http_answer(struct reply *reply, const char *bytes, size_t length);

#endif
