/* 0 pure: numbers with units, and distributions of sizes and times. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define MILLISECOND 1000000ULL
#define SECOND 1000000000ULL
#define KIB 1024ULL
#define MIB (1024 * KIB)

enum unit { COUNT, SIZE, TIME, SHARE };

bool quantity_parse(const char *text, enum unit unit, uint64_t *value);
const char *quantity_advice(enum unit unit);

struct dist {
    enum { CONSTANT, UNIFORM, EXPONENTIAL } kind;
    uint64_t low, high; /* CONSTANT: equal; EXPONENTIAL: the mean, and the largest draw */
    uint64_t least;
};

bool dist_parse(const char *text, enum unit unit, uint64_t least, uint64_t most, struct dist *dist);
double share_drawn(uint64_t random);
uint64_t dist_draw(const struct dist *dist, uint64_t random);
