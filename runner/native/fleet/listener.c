/* 4 workload: the effect of a frame on its listener. This file checks the order and the samples,
 * schedule.c the time, answer.c the words. An error that leaves the framing intact is counted, and the
 * listener goes on; after any other error the stream cannot be parsed. */
#include "fleet.h"

static bool counts(const struct fleet *fleet)
{
    return window_holds(&fleet->loop.window, fleet->clock.now);
}

static void disordered(struct fleet *fleet, struct listener *listener)
{
    listener_fault(fleet, listener, DISORDERED);
    fleet->stream.disordered += counts(fleet);
}

static void advance(struct listener *listener, uint32_t frames)
{
    uint64_t samples = (uint64_t)frames * FRAME_SAMPLES;
    listener->number += frames;
    listener->position += samples;
    listener->left -= samples < listener->left ? samples : listener->left;
}

/* The server reports, or the frame numbers show, that so many frames were not sent. */
static void skip(struct fleet *fleet, struct listener *listener, uint32_t frames)
{
    if (frames > 0 && counts(fleet)) {
        fleet->stream.gaps++;
        fleet->stream.skipped += frames;
    }
    listener->skipped += frames;
    advance(listener, frames);
}

/* A number that is repeated or too low has no place in the schedule. */
static void follow(struct fleet *fleet, struct listener *listener, const struct frame *frame)
{
    if (frame->number < listener->number) {
        disordered(fleet, listener);
        return;
    }
    skip(fleet, listener, frame->number - listener->number);
    if (frame->position != listener->position) {
        disordered(fleet, listener);
        listener->position = frame->position; /* one jump counts once */
    }
    schedule_frame(fleet, listener, frame->number);
    advance(listener, 1);
}

static void hear(struct fleet *fleet, struct connection *c, const struct frame *frame)
{
    struct listener *listener = listener_of(fleet, c);
    struct window *window = &fleet->loop.window;
    if (!listener->playing) {
        lose(&fleet->all, c, EXTRA); /* also before the answer to PLAY, which counts no frame of the play */
        return;
    }
    listener->heard = fleet->clock.now;
    fleet->all.counts.completed++;
    if (counts(fleet)) {
        window_count(window, listener->heard);
        window->bytes += FRAME_BYTES;
    }
    follow(fleet, listener, frame);
    uint32_t wrong = tone_wrong(frame->position, frame->payload, FRAME_SAMPLES);
    if (wrong > 0) {
        listener_fault(fleet, listener, CORRUPT);
        fleet->stream.corrupt += counts(fleet) ? wrong : 0;
    }
}

/* The effect of a line begins with its answer, whatever the answer says: the next frames show
 * whether the server did it. */
static void obeyed(struct fleet *fleet, struct listener *listener)
{
    switch (listener->command) {
    case PLAY:
        listener->left = (uint64_t)PLAY_SECONDS * SAMPLE_RATE;
        if (!listener->playing)
            schedule_begin(fleet, listener, listener->sent);
        listener->playing = true;
        break;
    case PAUSE:
        listener->playing = false;
        break;
    case SEEK:
        listener->position = listener->target;
        break;
    }
    listener->command = NOTHING;
}

static void take_answer(struct fleet *fleet, struct connection *c, const struct frame *frame)
{
    struct stream *stream = &fleet->stream;
    struct listener *listener = listener_of(fleet, c);
    uint64_t now = fleet->clock.now;
    uint32_t skipped;
    enum wrong wrong = answer_check(listener, frame, &skipped);
    skip(fleet, listener, skipped);
    obeyed(fleet, listener);
    if (wrong != RIGHT)
        listener_fault(fleet, listener, WRONG);
    if (listener->sent >= fleet->loop.window.start) {
        stream->answered++;
        stream->wrong[wrong]++;
        hdr_record(&stream->reply, now - listener->asked);
    }
    if (c->state == PROVING)
        connection_proved(&fleet->all, c);
    if (stream->starved) { /* this listener is free for the line that is due */
        stream->starved = false;
        stream->held = fleet->loop.wake = now;
    }
}

static void read_text(struct fleet *fleet, struct connection *c, const struct frame *frame)
{
    struct listener *listener = listener_of(fleet, c);
    if (listener->command == NOTHING) {
        lose(&fleet->all, c, EXTRA); /* also END, because no play of the load generator ends */
        return;
    }
    if (frame->number != listener->texts)
        disordered(fleet, listener);
    listener->texts = frame->number + 1;
    take_answer(fleet, c, frame);
}

/* `length` bytes are in the buffer. False: they caused the loss of the connection. */
bool listener_bytes(struct fleet *fleet, struct connection *c, size_t length)
{
    struct parser *parser = &listener_of(fleet, c)->parser;
    const uint8_t *bytes = fleet->all.buffer;
    while (c->state != CLOSED && length > 0) {
        struct frame frame;
        switch (frame_next(parser, &bytes, &length, &frame)) {
        case FRAME_WHOLE:
            (frame.kind == 'A' ? hear : read_text)(fleet, c, &frame);
            break;
        case FRAME_BAD:
            lose(&fleet->all, c, PROTOCOL);
            break;
        case FRAME_PART:
            break;
        }
    }
    if (c->state != CLOSED)
        listener_settle(fleet, c);
    return c->state != CLOSED;
}
