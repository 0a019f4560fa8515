/* 0 pure: the bytes of every echoed request. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REQUEST_BYTES (64 * 1024UL) /* of the buffer in which requests are composed */

struct pattern {
    uint64_t seed;
    uint8_t *table;
};

bool pattern_create(struct pattern *pattern, uint64_t seed, size_t longest);
uint64_t mix(uint64_t x);
uint64_t pattern_tag(uint64_t seed, uint32_t index, uint32_t sequence);
const uint8_t *pattern_slice(const struct pattern *pattern, uint64_t tag, size_t from, size_t end,
                             uint8_t *scratch, size_t *length);
void pattern_copy(const struct pattern *pattern, uint64_t tag, size_t from, size_t end, uint8_t *out);
bool pattern_matches(const struct pattern *pattern, uint64_t tag, size_t from, const uint8_t *bytes,
                     size_t length);
