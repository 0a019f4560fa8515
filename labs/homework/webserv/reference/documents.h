/*
 * documents.h: what the web server serves. Given: you need not change it.
 *
 *   /           a page of HTML
 *   /hello.txt  a line of text
 *   /bytes/N    N bytes, abc...xyzabc..., for N up to 16,777,216
 *
 * A document is never in memory as a whole: it is read piece by piece, wherever you left off.
 */
#ifndef DOCUMENTS_H
#define DOCUMENTS_H

#include <stdbool.h>
#include <stddef.h>

struct document {
    const char *type; /* for the header Content-Type */
    size_t length;
    const char *text; /* NULL: the letters of /bytes/N */
};

/* Find the document with this path. False: there is none. */
bool document_find(struct document *document, const char *path);

/* Copy up to `room` bytes of the document, from the byte number `from` on. Returns how many. */
size_t document_read(const struct document *document, size_t from, char *buffer, size_t room);

#endif
