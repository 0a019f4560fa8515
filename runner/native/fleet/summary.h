/* A result for people: docker-compose.yml runs the fleet by hand. */
#ifndef FLEET_SUMMARY_H
#define FLEET_SUMMARY_H

#include "emit.h"

void summary_begin(void);
int summary_end(const struct fleet *fleet);

#endif
