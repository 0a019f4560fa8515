/* 0 pure: record values in a histogram of HdrHistogram's layout, and read percentiles. */
#include "hdr.h"

/* Bucket b holds values in steps of 2^(9+b). OR-ing the mask in lifts everything
 * below 2048 units into bucket 0, so that one count of leading zeros finds b.
 * The first half of each bucket but the first would repeat the bucket before it:
 * index (b << 10) + sub skips that half without a branch. */
uint32_t hdr_index(uint64_t value)
{
    const uint64_t mask = (HDR_SUB_BUCKETS - 1) << HDR_UNIT_MAGNITUDE;
    uint32_t ceiling = 64 - (uint32_t)__builtin_clzll(value | mask);
    uint32_t bucket = ceiling - HDR_UNIT_MAGNITUDE - (HDR_HALF_MAGNITUDE + 1);
    uint32_t sub_bucket = (uint32_t)(value >> (bucket + HDR_UNIT_MAGNITUDE));
    return (bucket << HDR_HALF_MAGNITUDE) + sub_bucket;
}

void hdr_record(struct hdr *histogram, uint64_t value)
{
    if (value > HDR_HIGHEST) {
        value = HDR_HIGHEST;
        histogram->clamped++;
    }
    histogram->counts[hdr_index(value)]++;
    histogram->total++;
}

static uint32_t bucket_at(uint32_t index)
{
    uint32_t half = index >> HDR_HALF_MAGNITUDE;
    return half ? half - 1 : 0;
}

uint64_t hdr_lowest_at(uint32_t index)
{
    uint32_t bucket = bucket_at(index);
    uint64_t sub_bucket = index - ((uint64_t)bucket << HDR_HALF_MAGNITUDE);
    return sub_bucket << (bucket + HDR_UNIT_MAGNITUDE);
}

uint64_t hdr_highest_at(uint32_t index)
{
    return hdr_lowest_at(index) + (1ULL << (bucket_at(index) + HDR_UNIT_MAGNITUDE)) - 1;
}

/* Which of `total` values in ascending order is the percentile? From 1. */
uint64_t hdr_rank(uint64_t total, double percentile)
{
    double share = percentile < 100.0 ? percentile : 100.0;
    uint64_t rank = (uint64_t)(share * (double)total / 100 + 0.5);
    return rank > 0 ? rank : 1;
}

uint64_t hdr_percentile(const struct hdr *histogram, double percentile)
{
    uint64_t target = hdr_rank(histogram->total, percentile), seen = 0;
    for (uint32_t index = 0; index < HDR_COUNTS; index++) {
        seen += histogram->counts[index];
        if (seen >= target)
            return percentile > 0 ? hdr_highest_at(index) : hdr_lowest_at(index);
    }
    return 0;
}
