/* JSON, a line an event: the pieces that emit.c (events) and result.c (the last one) share. */
#ifndef FLEET_EMIT_H
#define FLEET_EMIT_H

#include "fleet.h"

extern const char *const error_names[ERROR_KINDS];
extern bool summarised; /* --summary: events go nowhere, so a failure is said on stderr */

void put_key_string(const char *key, const char *text);
void put_errors(const struct fleet *fleet);
void end_line(void);

#endif
