/* documents.c: what the web server serves. See documents.h. */
#include "documents.h"

#include <stdlib.h>
#include <string.h>

enum { LETTERS = 26, MOST_BYTES = 16 * 1024 * 1024 };

static const char page[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<title>webserv</title>\n"
    "<p>One call of poll waits for all sockets. See <a href=\"/hello.txt\">hello.txt</a>.\n"
    "</html>\n";

static const struct {
    const char *path, *type, *text;
} texts[] = {
    {"/", "text/html", page},
    {"/hello.txt", "text/plain", "Hello, world!\n"},
};

/* A whole number without a sign or a leading zero, up to MOST_BYTES. */
static bool read_length(size_t *length, const char *digits)
{
    size_t count = strlen(digits);
    if (count < 1 || count > 8 || strspn(digits, "0123456789") != count)
        return false;
    if (digits[0] == '0' && count > 1)
        return false;
    *length = strtoul(digits, NULL, 10);
    return *length <= MOST_BYTES;
}

bool document_find(struct document *document, const char *path)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(path, texts[i].path) == 0) {
            size_t length = strlen(texts[i].text);
            *document = (struct document){texts[i].type, length, texts[i].text};
            return true;
        }
    const char folder[] = "/bytes/";
    *document = (struct document){"text/plain", 0, NULL};
    return strncmp(path, folder, strlen(folder)) == 0 &&
           read_length(&document->length, path + strlen(folder));
}

size_t document_read(const struct document *document, size_t from, char *buffer, size_t room)
{
    size_t count = document->length - from < room ? document->length - from : room;
    if (document->text != NULL)
        memcpy(buffer, document->text + from, count);
    else
        for (size_t i = 0; i < count; i++)
            buffer[i] = (char)('a' + (from + i) % LETTERS);
    return count;
}
