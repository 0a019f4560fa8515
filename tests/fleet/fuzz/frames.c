/* libFuzzer on the frames of the stream: the same frames however the bytes are cut. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"

enum { FRAMES_MOST = 64 };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static size_t feed(const uint8_t *data, size_t size, size_t cut, uint32_t *sums)
{
    struct parser parser = {0};
    size_t count = 0;
    for (size_t at = 0; at < size; at += cut) {
        size_t left = size - at < cut ? size - at : cut, piece = left;
        uint8_t *copy = malloc(piece);
        require(copy != NULL);
        memcpy(copy, data + at, piece);
        const uint8_t *bytes = copy;
        while (left > 0) {
            struct frame frame = {0};
            enum parsed parsed = frame_next(&parser, &bytes, &left, &frame);
            require((size_t)(bytes - copy) == piece - left);
            if (parsed == FRAME_BAD) {
                free(copy);
                return count + 1000;
            }
            if (parsed == FRAME_PART) {
                require(left == 0);
                break;
            }
            require(frame.length > 0 && frame.length <= 2 * FRAME_SAMPLES);
            uint32_t sum = frame.number + frame.kind;
            for (uint32_t i = 0; i < frame.length; i++)
                sum = sum * 31 + frame.payload[i];
            if (count < FRAMES_MOST)
                sums[count++] = sum;
        }
        free(copy);
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t whole[FRAMES_MOST] = {0}, cut[FRAMES_MOST] = {0};
    if (size < 2)
        return 0;
    size_t first = feed(data + 1, size - 1, size, whole);
    require(first == feed(data + 1, size - 1, 1 + data[0], cut));
    require(memcmp(whole, cut, sizeof whole) == 0);
    return 0;
}
