/* 1 socket: events on stdout, one JSON object a line. Each line is flushed when it is complete. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "json.h"

bool summarised;

/* EPIPE: the reader has closed the pipe, so the load generator has nothing left to do. */
void end_line(void)
{
    putchar('\n');
    if (fflush(stdout) == EOF)
        _exit(errno == EPIPE ? 0 : 3);
}

static void put_string(const char *text)
{
    putchar('"');
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar((unsigned char)*text < ' ' ? ' ' : *text);
    }
    putchar('"');
}

void put_key_string(const char *key, const char *text)
{
    printf(",\"%s\":", key);
    if (text)
        put_string(text);
    else
        fputs("null", stdout);
}

void emit_event(const char *event)
{
    printf("{\"event\":\"%s\"}", event);
    end_line();
}

/* An unexpected failure of the load generator itself, which says nothing about the server. */
_Noreturn void fail(const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (summarised)
        fprintf(stderr, "fleet: %s\n", message);
    fputs("{\"event\":\"error\"", stdout);
    put_key_string("message", message);
    putchar('}');
    putchar('\n');
    fflush(stdout);
    exit(3);
}
