/* 0 pure: the tone of the contract, 440 Hz. 440 whole waves fill a table of one second. */
#include <math.h>
#include <string.h>

#include "frames.h"

/* Little-endian, as on the wire. One frame longer than a second, so that a frame which crosses
 * the end of a second is contiguous in the table. */
static uint8_t table[2 * (SAMPLE_RATE + FRAME_SAMPLES)];

void tone_create(void)
{
    for (uint32_t i = 0; i < SAMPLE_RATE + FRAME_SAMPLES; i++) {
        double angle = 2 * M_PI * 440 * (i % SAMPLE_RATE) / SAMPLE_RATE;
        uint16_t sample = (uint16_t)(int16_t)lround(10000 * sin(angle));
        table[2 * i] = (uint8_t)sample;
        table[2 * i + 1] = (uint8_t)(sample >> 8);
    }
}

/* How many of these samples (at most a frame) differ from the tone at `position`. */
uint32_t tone_wrong(uint64_t position, const uint8_t *samples, uint32_t count)
{
    const uint8_t *right = table + 2 * (position % SAMPLE_RATE);
    uint32_t wrong = 0;
    if (memcmp(samples, right, 2 * (size_t)count) == 0)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        wrong += memcmp(samples + 2 * (size_t)i, right + 2 * (size_t)i, 2) != 0;
    return wrong;
}
