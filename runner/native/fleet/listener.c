/* What a frame does to its listener: the order and the samples are checked here,
 * the time in schedule.c, the words in control.c. What leaves the framing whole is
 * counted and the listener heard on; after anything else it cannot be understood. */
#include "fleet.h"

struct listener *listener_of(const struct fleet *fleet, const struct connection *c)
{
    return &fleet->listeners[c - fleet->connections];
}

/* `errors` has every listener once for each kind that it suffered, whenever that was. */
void listener_fault(struct fleet *fleet, struct listener *listener, int kind)
{
    fleet->errors[kind] += !(listener->faults >> kind & 1);
    listener->faults |= 1U << kind;
}

static void disordered(struct fleet *fleet, struct listener *listener)
{
    listener_fault(fleet, listener, DISORDERED);
    fleet->stream.disordered += window_holds(fleet);
}

static void advance(struct listener *listener, uint32_t frames)
{
    uint64_t samples = (uint64_t)frames * FRAME_SAMPLES;
    listener->number += frames;
    listener->position += samples;
    listener->left -= samples < listener->left ? samples : listener->left;
}

/* The server says, or the numbers show, that so many frames were not sent. */
void listener_skip(struct fleet *fleet, struct listener *listener, uint32_t frames)
{
    if (frames > 0 && window_holds(fleet)) {
        fleet->stream.gaps++;
        fleet->stream.skipped += frames;
    }
    listener->skipped += frames;
    advance(listener, frames);
}

/* A number that comes again, or from before, has no place in the schedule. */
static void follow(struct fleet *fleet, struct listener *listener, const struct frame *frame)
{
    if (frame->number < listener->number) {
        disordered(fleet, listener);
        return;
    }
    listener_skip(fleet, listener, frame->number - listener->number);
    if (frame->position != listener->position) {
        disordered(fleet, listener);
        listener->position = frame->position; /* one leap is one mistake */
    }
    schedule_frame(fleet, listener, frame->number);
    advance(listener, 1);
}

static void hear(struct fleet *fleet, struct connection *c, const struct frame *frame)
{
    struct listener *listener = listener_of(fleet, c);
    if (!listener->playing) {
        lose(fleet, c, EXTRA); /* nor before the answer to PLAY, which counts no frame of it */
        return;
    }
    listener->heard = fleet->now;
    fleet->completed++;
    if (window_holds(fleet)) {
        window_count(fleet);
        fleet->bytes += FRAME_BYTES;
    }
    follow(fleet, listener, frame);
    uint32_t wrong = tone_wrong(frame->position, frame->payload, FRAME_SAMPLES);
    if (wrong > 0) {
        listener_fault(fleet, listener, CORRUPT);
        fleet->stream.corrupt += window_holds(fleet) ? wrong : 0;
    }
}

static void read_text(struct fleet *fleet, struct connection *c, const struct frame *frame)
{
    struct listener *listener = listener_of(fleet, c);
    if (listener->command == NOTHING) {
        lose(fleet, c, EXTRA); /* END too: no play of ours is over */
        return;
    }
    if (frame->number != listener->texts)
        disordered(fleet, listener);
    listener->texts = frame->number + 1;
    control_answer(fleet, c, frame);
}

/* The server owes an answer to every line, and frames to whoever plays; when the
 * window is over it owes one more, so that who fell silent is found out. */
void listener_settle(struct fleet *fleet, struct connection *c)
{
    const struct listener *listener = listener_of(fleet, c);
    bool heard_enough = fleet->draining && listener->heard > fleet->window_end;
    bool owes = listener->command != NOTHING || (listener->playing && !heard_enough);
    if (owes && c->state == READY) {
        c->state = BUSY;
        fleet->busy++;
    } else if (!owes && c->state == BUSY) {
        c->state = READY;
        fleet->busy--;
    }
}

/* Of a listener that is BUSY: since when has the server owed what it owes? */
uint64_t listener_owes_since(const struct fleet *fleet, const struct connection *c)
{
    const struct listener *listener = listener_of(fleet, c);
    if (listener->command == NOTHING)
        return listener->heard;
    return listener->playing && listener->heard < c->stamp ? listener->heard : c->stamp;
}

/* `length` bytes are in the buffer. False: the connection was lost over them. */
bool listener_bytes(struct fleet *fleet, struct connection *c, size_t length)
{
    struct parser *parser = &listener_of(fleet, c)->parser;
    const uint8_t *bytes = fleet->buffer;
    while (c->state != CLOSED && length > 0) {
        struct frame frame;
        switch (frame_next(parser, &bytes, &length, &frame)) {
        case FRAME_WHOLE:
            (frame.kind == 'A' ? hear : read_text)(fleet, c, &frame);
            break;
        case FRAME_BAD:
            lose(fleet, c, PROTOCOL);
            break;
        case FRAME_PART:
            break;
        }
    }
    if (c->state != CLOSED)
        listener_settle(fleet, c);
    return c->state != CLOSED;
}
