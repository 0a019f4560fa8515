/*
 * The bytes that clients send in flows: an endless random stream for each connection, computed from
 * the seed, so that none is stored, however much a server sends back.
 */
#define _GNU_SOURCE
#include <string.h>

#include "talker.h"

#define WORD sizeof(uint64_t)

enum {
    STREAMS_MAX = 1 << 14,     /* connections whose bytes can still be found */
    FIND_BYTES_MAX = 64 << 20, /* examined by one search */
    BLOCK = 1 << 16,
};

static uint64_t seed, draws;
static unsigned streams;
static uint64_t sent[STREAMS_MAX];

/* The finaliser of SplitMix64: one-to-one on 64 bits. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
    return x ^ x >> 31;
}

void stream_seed(uint64_t number)
{
    seed = number;
    draws = 0;
}

/* A random number below the bound. */
uint64_t below(uint64_t bound)
{
    return mix(~seed + ++draws * 0x9e3779b97f4a7c15ULL) % bound;
}

unsigned stream_new(void)
{
    return ++streams;
}

void stream_sent(unsigned stream, uint64_t given)
{
    if (stream < STREAMS_MAX)
        sent[stream] = given;
}

/* Bytes of a stream, beginning with number `from`. */
void stream_fill(unsigned stream, uint64_t from, unsigned char *out, size_t length)
{
    uint64_t key = mix(seed + stream * 0x9e3779b97f4a7c15ULL);

    while (length > 0) {
        uint64_t word = mix(key ^ mix(from / WORD));
        size_t skip = from % WORD, n = WORD - skip < length ? WORD - skip : length;
        memcpy(out, (unsigned char *)&word + skip, n);
        out += n;
        from += n;
        length -= n;
    }
}

/* Is the piece among the bytes that one connection sent? `left` is what the search may still examine. */
static bool find_in(unsigned stream, const unsigned char *piece, size_t length, uint64_t *at,
                    uint64_t *left)
{
    static unsigned char block[BLOCK];

    for (uint64_t from = 0; from + length <= sent[stream] && *left > 0; from += BLOCK - length + 1) {
        size_t n = sent[stream] - from < BLOCK ? sent[stream] - from : BLOCK;
        stream_fill(stream, from, block, n);
        unsigned char *found = memmem(block, n, piece, length);
        if (found) {
            *at = from + (uint64_t)(found - block);
            return true;
        }
        *left -= n < *left ? n : *left;
    }
    return false;
}

/* Which connection sent this piece, and where in its stream it stands: `own` is tried first. */
bool stream_find(unsigned own, const unsigned char *piece, size_t length, unsigned *stream, uint64_t *at)
{
    uint64_t left = FIND_BYTES_MAX;
    unsigned newest = streams < STREAMS_MAX ? streams : STREAMS_MAX - 1;

    if (own < STREAMS_MAX && find_in(own, piece, length, at, &left)) {
        *stream = own;
        return true;
    }
    for (unsigned other = newest; other > 0; other--) {
        if (other != own && find_in(other, piece, length, at, &left)) {
            *stream = other;
            return true;
        }
    }
    return false;
}
