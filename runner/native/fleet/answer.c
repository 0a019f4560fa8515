/* 4 workload: is an answer right? The frames before it determine every number in it. */
#include <string.h>

#include "stream.h"

/* Parse ` name=` and a number, and advance `text` behind them. */
static bool word(const char **text, const char *name, uint64_t *value)
{
    size_t length = strlen(name);
    if (strncmp(*text, name, length) != 0)
        return false;
    const char *digit = *text + length;
    for (*value = 0; *digit >= '0' && *digit <= '9'; digit++)
        if (__builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, (uint64_t)(*digit - '0'), value))
            return false;
    bool some = digit > *text + length;
    *text = digit;
    return some;
}

/* The six words of an answer. `state` is an index of `states`. */
struct answer {
    uint64_t position, left, frames, skipped;
    enum { PLAYING, PAUSED, STOPPED } state;
};

static bool parse(const struct frame *frame, struct answer *answer)
{
    static const char *const states[] = {"OK state=playing", "OK state=paused", "OK state=stopped"};
    char line[2 * FRAME_SAMPLES + 1];
    const char *rest = line;
    memcpy(line, frame->payload, frame->length);
    line[frame->length] = '\0';

    answer->state = PLAYING;
    while (strncmp(line, states[answer->state], strlen(states[answer->state])) != 0)
        if (answer->state++ == STOPPED)
            return false;
    rest += strlen(states[answer->state]);
    return word(&rest, " position=", &answer->position) && word(&rest, " left=", &answer->left) &&
           word(&rest, " frames=", &answer->frames) && word(&rest, " skipped=", &answer->skipped) &&
           strcmp(rest, "\n") == 0 && rest + 1 == line + frame->length;
}

/* Is this the answer to the listener's line? `skipped`: frames that the server reports as skipped. */
enum wrong answer_check(const struct listener *listener, const struct frame *frame, uint32_t *skipped)
{
    const uint64_t whole = (uint64_t)PLAY_SECONDS * SAMPLE_RATE;
    struct answer answer;
    *skipped = 0;
    if (frame->length > 4 && memcmp(frame->payload, "ERR ", 4) == 0)
        return ANSWER_REFUSED;
    if (!parse(frame, &answer))
        return ANSWER_MALFORMED;

    bool playing = listener->command == PLAY || (listener->playing && listener->command != PAUSE);
    if (answer.state != (playing ? PLAYING : listener->left > 0 ? PAUSED : STOPPED))
        return ANSWER_STATE;

    uint64_t gap = answer.frames - listener->number; /* wraps if it is less: such a gap is invalid */
    if (gap > UINT32_MAX - listener->number || (gap > 0 && !listener->playing) ||
        answer.skipped != listener->skipped + gap)
        return ANSWER_COUNTS;

    uint64_t samples = gap * FRAME_SAMPLES;
    uint64_t there = listener->command == SEEK ? listener->target : listener->position + samples;
    if (answer.position != there || frame->position != there)
        return ANSWER_POSITION;
    if (answer.left != (listener->command == PLAY ? whole : listener->left - samples))
        return ANSWER_LEFT;
    *skipped = (uint32_t)gap;
    return RIGHT;
}
