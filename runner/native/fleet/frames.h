/* 0 pure: frames and samples of a stream, as labs/aplay/CONTRACT.md defines them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define FRAME_TIME 20000000ULL /* nanoseconds */
#define FRAME_SAMPLES 160U
#define FRAME_HEADER 20U
#define FRAME_BYTES (FRAME_HEADER + 2 * FRAME_SAMPLES)
#define SAMPLE_RATE 8000U

struct frame {
    const uint8_t *payload;
    uint64_t position;
    uint32_t number, length;
    uint8_t kind;
};

struct parser {
    uint16_t have;
    uint8_t bytes[FRAME_BYTES]; /* the beginning of a frame that is not complete */
};

enum parsed { FRAME_WHOLE, FRAME_PART, FRAME_BAD };

enum parsed frame_next(struct parser *parser, const uint8_t **bytes, size_t *length,
                       struct frame *frame);

/* ---- tone.c: the expected samples */
void tone_create(void);
uint32_t tone_wrong(uint64_t position, const uint8_t *samples, uint32_t count);
