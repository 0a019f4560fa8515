/* The stream workload: listeners of aplay, held to labs/aplay/CONTRACT.md.
 *
 *   socket -> frames (what is a frame?) -> listener (is it the right one?)
 *          -> schedule (is it in time?) | answer (is it what was asked for?)
 *
 * A listener is one of the fleet's active connections, a stalled one an idle one. */
#ifndef FLEET_STREAM_H
#define FLEET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hdr.h"

#define FRAME_TIME 20000000ULL /* nanoseconds */
#define FRAME_SAMPLES 160U
#define FRAME_HEADER 20U
#define FRAME_BYTES (FRAME_HEADER + 2 * FRAME_SAMPLES)
#define SAMPLE_RATE 8000U
#define PLAY_SECONDS 86400U /* the longest there is: no play ends while it is measured */
#define FIRST_FRAMES 8

struct fleet;
struct connection;

/* ---- frames.c: bytes to frames; knows nothing of sockets and listeners */
struct frame {
    const uint8_t *payload;
    uint64_t position;
    uint32_t number, length;
    uint8_t kind;
};

struct parser {
    uint16_t have;
    uint8_t bytes[FRAME_BYTES]; /* the beginning of a frame whose end has not come yet */
};

enum parsed { FRAME_WHOLE, FRAME_PART, FRAME_BAD };

enum parsed frame_next(struct parser *parser, const uint8_t **bytes, size_t *length,
                       struct frame *frame);

/* ---- tone.c: what the samples must be */
void tone_create(void);
uint32_t tone_wrong(uint64_t position, const uint8_t *samples, uint32_t count);

/* ---- what a line asks for; one at most is unanswered on a connection */
enum command { NOTHING, STATUS, PLAY, PAUSE, SEEK };

/* ---- what can be wrong with an answer; the first that is found names it */
enum wrong {
    RIGHT,
    ANSWER_REFUSED,   /* ERR, though the line was right */
    ANSWER_MALFORMED, /* not the six words of the contract */
    ANSWER_STATE,
    ANSWER_COUNTS, /* frames or skipped do not fit what was received */
    ANSWER_POSITION,
    ANSWER_LEFT,
    WRONG_KINDS
};

/* ---- one listener */
struct listener {
    uint64_t begun;  /* when the PLAY that began this play was sent: no frame k is due before +k */
    uint64_t heard;  /* when its last frame was complete */
    uint64_t asked;  /* when the reply time of the unanswered line began */
    int64_t anchor;  /* the least arrival - k * FRAME_TIME of this play so far */
    int64_t offset;  /* of the last frame: its arrival - k * FRAME_TIME */
    int64_t first[FIRST_FRAMES]; /* offsets of a play's first frames, until the anchor is good */
    uint64_t position, target;   /* of the next sample; where SEEK is to go */
    uint64_t left;               /* samples still to be played */
    uint32_t number, texts;      /* of the next frame, of the next text */
    uint32_t base;               /* number of frame 0 of this play */
    uint32_t skipped, faults;    /* faults: one bit for each kind of error it has suffered */
    uint8_t command, seen, kept; /* seen: frames of this play, up to FIRST_FRAMES; kept: of `first` */
    bool playing, stalled;
    struct parser parser;
};
_Static_assert(sizeof(struct listener) <= 512, "a listener costs at most 512 bytes, whoever sends");

struct stream {
    uint64_t late, gaps, skipped, disordered, corrupt, early; /* in the window */
    uint64_t sent, answered, wrong[WRONG_KINDS];              /* lines sent in the window */
    uint64_t next_line, held; /* when the next line is due; when all listeners were last busy */
    uint32_t lines;
    uint32_t stalled_asked, stalled_dropped;
    struct hdr jitter, reply;
};

/* ---- listener.c: what a frame does to its listener */
struct listener *listener_of(const struct fleet *fleet, const struct connection *c);
bool listener_bytes(struct fleet *fleet, struct connection *c, size_t length);
void listener_skip(struct fleet *fleet, struct listener *listener, uint32_t frames);
void listener_fault(struct fleet *fleet, struct listener *listener, int kind);
void listener_settle(struct fleet *fleet, struct connection *c);
uint64_t listener_owes_since(const struct fleet *fleet, const struct connection *c);

/* ---- schedule.c: early, in time, or late */
void schedule_begin(struct fleet *fleet, struct listener *listener, uint64_t sent);
void schedule_frame(struct fleet *fleet, struct listener *listener, uint32_t number);
void schedule_flush(struct fleet *fleet, struct listener *listener);

/* ---- control.c: lines to the server */
bool control_send(struct fleet *fleet, struct connection *c, enum command command);
void control_ask(struct fleet *fleet, struct connection *c, enum command command);
uint64_t control_turn(struct fleet *fleet, uint64_t end);
void control_answer(struct fleet *fleet, struct connection *c, const struct frame *frame);

/* ---- answer.c: the answer that a line must have */
enum wrong answer_check(const struct listener *listener, const struct frame *frame, uint32_t *skipped);

/* ---- stream.c: its place in the one loop */
void stream_create(struct fleet *fleet);
void stream_event(struct fleet *fleet, struct connection *c, uint32_t events);
void stream_begin(struct fleet *fleet);
void stream_end(struct fleet *fleet);

#endif
