/* The bytes of every request: computable, so that none has to be kept.
 *
 * A request is an eight-byte tag, then a slice of one shared table of random
 * bytes. The tag is a one-to-one mix of (connection, sequence), so a reply that
 * belongs to another connection or another request cannot pass, and it also says
 * where the slice begins. Memory per connection: none, even at 16 MiB. */
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

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

void pattern_create(struct fleet *fleet)
{
    size_t words = (SHIFTS + fleet->options.payload.high) / sizeof(uint64_t) + 1;
    uint64_t *table = malloc(words * sizeof *table);
    if (!table)
        fail("malloc: no memory for the %zu bytes of the pattern", words * sizeof *table);
    for (size_t i = 0; i < words; i++)
        table[i] = mix(fleet->options.seed + (i + 1) * 0x9e3779b97f4a7c15ULL);
    fleet->pattern = (uint8_t *)table;
}

/* The byte that a connection must echo before it counts as served. */
uint8_t pattern_proof(const struct fleet *fleet, const struct connection *c)
{
    return (uint8_t)pattern_tag(fleet->options.seed, (uint32_t)(c - fleet->connections), c->asked);
}

static const uint8_t *slice_of(const struct fleet *fleet, uint64_t tag)
{
    return fleet->pattern + (tag >> 48) % SHIFTS;
}

/* Bytes from..end of a request, into a buffer. */
void pattern_copy(const struct fleet *fleet, uint64_t tag, size_t from, size_t end, uint8_t *out)
{
    for (; from < end && from < TAG_BYTES; from++)
        *out++ = ((const uint8_t *)&tag)[from];
    if (from < end)
        memcpy(out, slice_of(fleet, tag) + from, end - from);
}

/* Bytes from..end of a request, as many as are contiguous. Only the beginning has to
 * be put together; what follows is sent out of the table. */
const uint8_t *pattern_slice(struct fleet *fleet, uint64_t tag, size_t from, size_t end,
                             size_t *length)
{
    if (from >= TAG_BYTES) {
        *length = end - from;
        return slice_of(fleet, tag) + from;
    }
    end = end < REQUEST_BYTES ? end : REQUEST_BYTES;
    memcpy(fleet->request, &tag, TAG_BYTES);
    if (end > TAG_BYTES)
        memcpy(fleet->request + TAG_BYTES, slice_of(fleet, tag) + TAG_BYTES, end - TAG_BYTES);
    *length = end - from;
    return fleet->request + from;
}

/* Are the `length` bytes found those of the request from `from` on? */
bool pattern_matches(const struct fleet *fleet, uint64_t tag, size_t from, const uint8_t *found,
                     size_t length)
{
    if (from < TAG_BYTES) {
        size_t part = length < TAG_BYTES - from ? length : TAG_BYTES - from;
        if (memcmp(found, (const uint8_t *)&tag + from, part) != 0)
            return false;
        found += part;
        from += part;
        length -= part;
    }
    return memcmp(found, slice_of(fleet, tag) + from, length) == 0;
}
