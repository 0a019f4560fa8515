/* 0 pure: HdrHistogram's bucket layout, fixed to 1 us .. 1 h at 3 significant digits.
 *
 * Values are nanoseconds. The lowest discernible value, 1000 ns, rounds down to a unit of 2^9 ns; 3
 * digits need 2048 sub-buckets; 23 doublings of 2048 units reach an hour. Every histogram of every load
 * generator has exactly these counts, so adding them index by index merges without loss. */
#pragma once

#include <stdint.h>

#define HDR_LOWEST 1000ULL
#define HDR_HIGHEST 3600000000000ULL
#define HDR_DIGITS 3
#define HDR_UNIT_MAGNITUDE 9
#define HDR_SUB_BUCKETS 2048ULL
#define HDR_HALF_MAGNITUDE 10
#define HDR_BUCKETS 23
#define HDR_COUNTS ((HDR_BUCKETS + 1) << HDR_HALF_MAGNITUDE)

struct hdr {
    uint64_t total;
    uint64_t clamped; /* values above HDR_HIGHEST: counted in the last bucket as well */
    uint64_t counts[HDR_COUNTS];
};

void hdr_record(struct hdr *histogram, uint64_t value);
uint32_t hdr_index(uint64_t value);
uint64_t hdr_lowest_at(uint32_t index);
uint64_t hdr_highest_at(uint32_t index);
uint64_t hdr_rank(uint64_t total, double percentile);
uint64_t hdr_percentile(const struct hdr *histogram, double percentile);

/* The standard V2 compressed encoding in base64; the caller frees it. NULL: no memory. */
char *hdr_encode(const struct hdr *histogram);
