/* 4 workload: listeners of aplay, checked against labs/aplay/CONTRACT.md.
 *
 *   socket -> frames (what is a frame?) -> listener (is it the expected frame?)
 *          -> schedule (is it in time?) | answer (is it the expected answer?)
 *
 * A listener is one of the load generator's active connections, a stalled listener an idle one. */
#pragma once

#include "frames.h"
#include "loop.h"

#define PLAY_SECONDS 86400U /* the longest play: no play ends while the load generator measures */
#define FIRST_FRAMES 8

struct stream_options {
    uint64_t control, late, spread; /* lines a second; what counts as late; in which time listeners begin */
};

/* A line of the load generator asks for one of these; a connection has at most one unanswered line. */
enum command { NOTHING, STATUS, PLAY, PAUSE, SEEK };

/* What can be wrong with an answer; the first of these that holds is counted. */
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

struct listener {
    uint64_t begun;  /* when the PLAY of this play was sent: frame k is not due before begun + k */
    uint64_t heard;  /* when its last frame was complete */
    uint64_t sent;   /* when its last line was sent */
    uint64_t asked;  /* when the reply time of the unanswered line began */
    int64_t anchor;  /* the least arrival - k * FRAME_TIME of this play so far */
    int64_t offset;  /* of the last frame: its arrival - k * FRAME_TIME */
    int64_t first[FIRST_FRAMES]; /* offsets of a play's first frames, until the anchor is good */
    uint64_t position, target;   /* of the next sample; of SEEK */
    uint64_t left;               /* samples still to be played */
    uint32_t number, texts;      /* of the next frame, of the next text */
    uint32_t base;               /* number of frame 0 of this play */
    uint32_t skipped, faults;    /* faults: one bit for each kind of error that occurred */
    uint8_t command, seen, kept; /* seen: frames of this play, up to FIRST_FRAMES; kept: of `first` */
    bool playing, stalled;
    struct parser parser;
};
_Static_assert(sizeof(struct listener) <= 512, "a listener costs at most 512 bytes");

struct stream {
    struct listener *listeners; /* one beside each connection */
    uint64_t late, gaps, skipped, disordered, corrupt, early; /* in the window */
    uint64_t sent, answered, wrong[WRONG_KINDS];              /* lines sent in the window */
    uint64_t next_line, held; /* when the next line is due; when all listeners were last busy */
    bool starved;             /* a line is due and no listener is free */
    uint32_t lines;
    uint32_t stalled_asked, stalled_dropped;
    struct hdr jitter, reply;
};

extern const struct workload stream_workload;

/* ---- stream.c */
void stream_create(struct fleet *fleet);

/* ---- listener.c: the effect of a frame on its listener */
bool listener_bytes(struct fleet *fleet, struct connection *c, size_t length);

/* ---- schedule.c: early, in time, or late */
void schedule_begin(struct fleet *fleet, struct listener *listener, uint64_t sent);
void schedule_frame(struct fleet *fleet, struct listener *listener, uint32_t number);
void schedule_flush(struct fleet *fleet, struct listener *listener);

/* ---- control.c: lines to the server */
bool control_send(struct fleet *fleet, struct connection *c, enum command command);
void control_ask(struct fleet *fleet, struct connection *c, enum command command);
void control_due(struct fleet *fleet);
uint64_t control_next(const struct fleet *fleet);

/* ---- debt.c: what the server owes to a listener, and how the server failed it */
struct listener *listener_of(const struct fleet *fleet, const struct connection *c);
void listener_fault(struct fleet *fleet, struct listener *listener, enum error_kind kind);
void listener_settle(struct fleet *fleet, struct connection *c);

/* ---- answer.c: the answer that a line must have */
enum wrong answer_check(const struct listener *listener, const struct frame *frame, uint32_t *skipped);
