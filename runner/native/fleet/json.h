/* 1 socket: events on stdout, one JSON object a line, and the failure of the load generator itself. */
#pragma once

#include <stdbool.h>

extern bool summarised; /* --summary: events are not printed, so a failure goes to stderr */

void put_key_string(const char *key, const char *text);
void end_line(void);
void emit_event(const char *event);
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
