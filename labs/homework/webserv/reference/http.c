/* http.c: one request of HTTP/1.1 and the head of its reply. See http.h. RFC 9112. */
#define _GNU_SOURCE /* memmem */
#include "http.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What the head of a request says, as far as this server needs it. */
struct request {
    char method[16], target[1024];
    int minor; /* of HTTP/1.minor */
    bool has_host, has_body, close, keep_alive;
};

static const char *reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 431: return "Request Header Fields Too Large";
    default: return "HTTP Version Not Supported"; /* 505 */
    }
}

static void write_head(struct reply *reply, int status)
{
    int length = snprintf(reply->head, sizeof reply->head,
                          "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s%s\r\n",
                          status, reason(status), reply->body.type, reply->body.length,
                          status == 405 ? "Allow: GET\r\n" : "",
                          reply->last ? "Connection: close\r\n" : "");
    reply->head_length = (size_t)length;
}

/* A reply without a document: its body is the reason. */
static void refuse(struct reply *reply, int status)
{
    const char *text = reason(status);
    reply->body = (struct document){"text/plain", strlen(text), text};
    write_head(reply, status);
}

/* Copy the word at *line up to the character that ends it, and step over both. False: it is empty,
 * too long, or does not end. */
static bool take_word(const char **line, const char *line_end, char ends, char *word, size_t room)
{
    const char *end = memchr(*line, ends, (size_t)(line_end - *line));
    size_t length = end == NULL ? 0 : (size_t)(end - *line);
    if (length == 0 || length >= room || memchr(*line, '\0', length) != NULL)
        return false;
    memcpy(word, *line, length);
    word[length] = '\0';
    *line = end + 1;
    return true;
}

/* GET /path?query HTTP/1.1. Returns 0, or the status that says what is wrong. */
static int read_first_line(struct request *request, const char *line, const char *end)
{
    if (!take_word(&line, end, ' ', request->method, sizeof request->method) ||
        !take_word(&line, end, ' ', request->target, sizeof request->target))
        return 400;
    if (end - line != 8 || memcmp(line, "HTTP/", 5) != 0 || line[6] != '.')
        return 400;
    if (line[5] != '1')
        return 505;
    if (line[7] != '0' && line[7] != '1')
        return 400;
    request->minor = line[7] - '0';
    request->target[strcspn(request->target, "?")] = '\0';
    return 0;
}

/* Does a list such as "keep-alive, upgrade" have this element? */
static bool lists(const char *value, size_t length, const char *element)
{
    while (length > 0) {
        size_t skip = strspn(value, ", \t");
        if (skip >= length)
            return false;
        value += skip, length -= skip;
        size_t word = strcspn(value, ", \t\r");
        if (word == strlen(element) && strncasecmp(value, element, word) == 0)
            return true;
        word = word < length ? word : length;
        value += word, length -= word;
    }
    return false;
}

/* Name: value. False: it is no such line. */
static bool read_field(struct request *request, const char *line, const char *end)
{
    const char *colon = memchr(line, ':', (size_t)(end - line));
    if (colon == NULL || colon == line)
        return false;
    size_t name = (size_t)(colon - line), length = (size_t)(end - colon - 1);
    if (memchr(line, ' ', name) != NULL || memchr(line, '\t', name) != NULL)
        return false;
    const char *value = colon + 1;
    if (name == 4 && strncasecmp(line, "Host", name) == 0)
        request->has_host = true;
    else if (name == 14 && strncasecmp(line, "Content-Length", name) == 0)
        request->has_body = request->has_body || !lists(value, length, "0");
    else if (name == 17 && strncasecmp(line, "Transfer-Encoding", name) == 0)
        request->has_body = true;
    else if (name == 10 && strncasecmp(line, "Connection", name) == 0) {
        request->close = request->close || lists(value, length, "close");
        request->keep_alive = request->keep_alive || lists(value, length, "keep-alive");
    }
    return true;
}

/* Lines up to the blank one. Returns 0, or the status that says what is wrong. */
static int read_head(struct request *request, const char *line, const char *head_end)
{
    const char *end = memmem(line, (size_t)(head_end - line), "\r\n", 2);
    int status = read_first_line(request, line, end);
    for (line = end + 2; status == 0 && line < head_end; line = end + 2) {
        end = memmem(line, (size_t)(head_end - line), "\r\n", 2);
        if (!read_field(request, line, end))
            return 400;
    }
    return status;
}

size_t http_answer(struct reply *reply, const char *bytes, size_t length)
{
    struct request request = {0};
    const char *blank = memmem(bytes, length, "\r\n\r\n", 4);
    if (blank == NULL && length < REQUEST_MOST)
        return 0;

    /* The lines of the head end with the \r\n that stands before the blank line. */
    int status = blank == NULL ? 431 : read_head(&request, bytes, blank + 2);
    if (status == 0 && request.minor == 1 && !request.has_host)
        status = 400;
    /* A body is not read: the bytes behind the head are no request. */
    reply->last = status != 0 || request.has_body || request.close ||
                  (request.minor == 0 && !request.keep_alive);
    if (status != 0)
        refuse(reply, status);
    else if (strcmp(request.method, "GET") != 0)
        refuse(reply, 405);
    else if (!document_find(&reply->body, request.target))
        refuse(reply, 404);
    else
        write_head(reply, 200);
    return reply->last ? length : (size_t)(blank + 4 - bytes);
}
