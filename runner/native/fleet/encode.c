/* 0 pure: HdrHistogram's standard V2 compressed encoding, without zlib.
 *
 *   base64( cookie, length, zlib( cookie, length, ..., counts ) )
 *
 * Deflate has a block type that stores bytes as they are, so a valid zlib stream
 * needs no compressor: two header bytes, blocks of at most 65535 bytes, Adler-32.
 * Counts are ZigZag LEB128; a run of n > 1 zeros is the single number -n, which
 * is what keeps a histogram of a few hundred distinct values at a kilobyte. */
#include <stdlib.h>
#include <string.h>

#include "hdr.h"

#define COOKIE_PAYLOAD 0x1c849313U
#define COOKIE_COMPRESSED 0x1c849314U
#define HEADER_BYTES 40U
#define WORD_BYTES 9U /* the longest LEB128 of a 64-bit word in this encoding */
#define BLOCK_BYTES 65535U
#define CAPACITY (HEADER_BYTES + WORD_BYTES * HDR_COUNTS)

static uint8_t *put_be(uint8_t *out, uint64_t value, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;)
        *out++ = (uint8_t)(value >> (8 * i));
    return out;
}

static uint8_t *put_zigzag(uint8_t *out, int64_t value)
{
    uint64_t bits = ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
    for (unsigned i = 1; i < WORD_BYTES && bits > 0x7f; i++) {
        *out++ = (uint8_t)(bits | 0x80);
        bits >>= 7;
    }
    *out++ = (uint8_t)bits; /* the ninth byte carries eight bits and no flag */
    return out;
}

static uint8_t *put_counts(uint8_t *out, const struct hdr *histogram)
{
    uint32_t used = HDR_COUNTS;
    while (used > 0 && histogram->counts[used - 1] == 0)
        used--;
    for (uint32_t i = 0; i < used;) {
        uint32_t zeros = 0;
        while (i + zeros < used && histogram->counts[i + zeros] == 0)
            zeros++;
        if (zeros > 1) {
            out = put_zigzag(out, -(int64_t)zeros);
            i += zeros;
        } else {
            out = put_zigzag(out, (int64_t)histogram->counts[i++]);
        }
    }
    return out;
}

/* The V2 payload: settings, then counts up to the last that is not zero. */
static size_t put_payload(uint8_t *payload, const struct hdr *histogram)
{
    const double ratio = 1.0; /* integer to double conversion: values are integers */
    uint64_t ratio_bits;
    uint8_t *end = put_counts(payload + HEADER_BYTES, histogram);
    size_t counts = (size_t)(end - payload) - HEADER_BYTES;
    uint8_t *out = payload;

    memcpy(&ratio_bits, &ratio, sizeof ratio_bits);
    out = put_be(out, COOKIE_PAYLOAD, 4);
    out = put_be(out, counts, 4);
    out = put_be(out, 0, 4); /* normalizing index offset */
    out = put_be(out, HDR_DIGITS, 4);
    out = put_be(out, HDR_LOWEST, 8);
    out = put_be(out, HDR_HIGHEST, 8);
    put_be(out, ratio_bits, 8);
    return HEADER_BYTES + counts;
}

static uint32_t adler32(const uint8_t *data, size_t length)
{
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < length; i++) {
        a = (a + data[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static size_t put_envelope(uint8_t *envelope, const uint8_t *payload, size_t length)
{
    uint8_t *out = envelope + 8;
    *out++ = 0x78; /* deflate, 32 KiB window */
    *out++ = 0x01; /* no dictionary, fastest; makes the two bytes a multiple of 31 */
    for (size_t done = 0; done < length;) {
        size_t left = length - done;
        uint16_t block = (uint16_t)(left < BLOCK_BYTES ? left : BLOCK_BYTES);
        *out++ = left == block; /* the last block; type 00, stored */
        *out++ = (uint8_t)block;
        *out++ = (uint8_t)(block >> 8);
        *out++ = (uint8_t)~block;
        *out++ = (uint8_t)(~block >> 8);
        memcpy(out, payload + done, block);
        out += block;
        done += block;
    }
    out = put_be(out, adler32(payload, length), 4);
    put_be(put_be(envelope, COOKIE_COMPRESSED, 4), (uint64_t)(out - envelope) - 8, 4);
    return (size_t)(out - envelope);
}

static void put_base64(char *out, const uint8_t *data, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < length; i += 3) {
        uint32_t group = (uint32_t)data[i] << 16;
        if (i + 1 < length)
            group |= (uint32_t)data[i + 1] << 8;
        if (i + 2 < length)
            group |= data[i + 2];
        *out++ = digits[group >> 18];
        *out++ = digits[group >> 12 & 63];
        *out++ = i + 1 < length ? digits[group >> 6 & 63] : '=';
        *out++ = i + 2 < length ? digits[group & 63] : '=';
    }
    *out = '\0';
}

char *hdr_encode(const struct hdr *histogram)
{
    uint8_t *payload = malloc(CAPACITY);
    uint8_t *envelope = malloc(CAPACITY + 8 + 2 + 5 * (CAPACITY / BLOCK_BYTES + 1) + 4);
    char *text = NULL;
    if (payload && envelope) {
        size_t length = put_envelope(envelope, payload, put_payload(payload, histogram));
        text = malloc((length + 2) / 3 * 4 + 1);
        if (text)
            put_base64(text, envelope, length);
    }
    free(payload);
    free(envelope);
    return text;
}
