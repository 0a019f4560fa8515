/* 0 pure: the bytes of every echoed request. They are computed, so the load generator stores none.
 *
 * A request is an eight-byte tag, then a slice of one shared table of random bytes. The tag is a
 * one-to-one mix of (connection, sequence), so a reply that belongs to another connection or another
 * request does not match. The tag also says where the slice begins. */
#include <stdlib.h>
#include <string.h>

#include "pattern.h"

#define TAG_BYTES sizeof(uint64_t)
#define SHIFTS 4096U /* slices begin at one of these offsets; a table for 64 B stays in L1 */

/* The finaliser of SplitMix64: one-to-one on 64 bits, about 2 ns. */
uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
    return x ^ x >> 31;
}

uint64_t pattern_tag(uint64_t seed, uint32_t index, uint32_t sequence)
{
    return mix(seed ^ ((uint64_t)index << 32 | sequence));
}

/* False: no memory for requests of up to `longest` bytes. */
bool pattern_create(struct pattern *pattern, uint64_t seed, size_t longest)
{
    size_t words = (SHIFTS + longest) / sizeof(uint64_t) + 1;
    uint64_t *table = malloc(words * sizeof *table);
    for (size_t i = 0; table && i < words; i++)
        table[i] = mix(seed + (i + 1) * 0x9e3779b97f4a7c15ULL);
    *pattern = (struct pattern){seed, (uint8_t *)table};
    return table;
}

static const uint8_t *slice_of(const struct pattern *pattern, uint64_t tag)
{
    return pattern->table + (tag >> 48) % SHIFTS;
}

/* Bytes from..end of a request, into a buffer. */
void pattern_copy(const struct pattern *pattern, uint64_t tag, size_t from, size_t end, uint8_t *out)
{
    for (; from < end && from < TAG_BYTES; from++)
        *out++ = ((const uint8_t *)&tag)[from];
    if (from < end)
        memcpy(out, slice_of(pattern, tag) + from, end - from);
}

/* Bytes from..end of a request, as many as are contiguous. The beginning, with the tag, is
 * composed in `scratch`, a buffer of REQUEST_BYTES; the rest is in the table. */
const uint8_t *pattern_slice(const struct pattern *pattern, uint64_t tag, size_t from, size_t end,
                             uint8_t *scratch, size_t *length)
{
    if (from >= TAG_BYTES) {
        *length = end - from;
        return slice_of(pattern, tag) + from;
    }
    end = end < REQUEST_BYTES ? end : REQUEST_BYTES;
    memcpy(scratch, &tag, TAG_BYTES);
    if (end > TAG_BYTES)
        memcpy(scratch + TAG_BYTES, slice_of(pattern, tag) + TAG_BYTES, end - TAG_BYTES);
    *length = end - from;
    return scratch + from;
}

/* Do the `length` bytes equal those of the request from `from` on? */
bool pattern_matches(const struct pattern *pattern, uint64_t tag, size_t from, const uint8_t *bytes,
                     size_t length)
{
    if (from < TAG_BYTES) {
        size_t part = length < TAG_BYTES - from ? length : TAG_BYTES - from;
        if (memcmp(bytes, (const uint8_t *)&tag + from, part) != 0)
            return false;
        bytes += part;
        from += part;
        length -= part;
    }
    return memcmp(bytes, slice_of(pattern, tag) + from, length) == 0;
}
