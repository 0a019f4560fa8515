/* 4 workload: is a frame early, in time or late, by the clock of the load generator?
 *
 * Frame k of a play is due 20 ms * k after its frame 0. The load generator does not know when frame 0
 * was due: at some time between the sending of PLAY and the arrival of frame 0. With that arrival as
 * anchor, a late frame 0 would hide the same lateness in all other frames. So the anchor is the least
 * (arrival - 20 ms * k) of the play so far. The first eight frames are judged together, after each of
 * them could set the anchor. */
#include "fleet.h"

/* Tolerance for rounding, and for the clocks of two machines. */
#define EARLY_SLACK (1 * MILLISECOND)

void schedule_begin(struct fleet *fleet, struct listener *listener, uint64_t sent)
{
    schedule_flush(fleet, listener);
    listener->begun = sent;
    listener->base = listener->number;
    listener->anchor = INT64_MAX;
    listener->seen = 0;
}

static void record(struct fleet *fleet, const struct listener *listener, int64_t offset)
{
    uint64_t lateness = offset > listener->anchor ? (uint64_t)(offset - listener->anchor) : 0;
    if (lateness > fleet->streaming->late)
        fleet->stream.late++;
    hdr_record(&fleet->loop.window.latency, lateness > HDR_LOWEST ? lateness : HDR_LOWEST);
}

/* Judge the first frames by the current anchor. */
void schedule_flush(struct fleet *fleet, struct listener *listener)
{
    for (uint8_t i = 0; i < listener->kept; i++)
        record(fleet, listener, listener->first[i]);
    listener->kept = 0;
}

static void set_anchor(struct listener *listener, int64_t offset)
{
    int64_t earliest = (int64_t)listener->begun; /* an early frame makes no other one late */
    int64_t possible = offset > earliest ? offset : earliest;
    if (possible < listener->anchor)
        listener->anchor = possible;
}

/* Frame `number` has just arrived. */
void schedule_frame(struct fleet *fleet, struct listener *listener, uint32_t number)
{
    bool counts = window_holds(&fleet->loop.window, fleet->clock.now);
    int64_t elapsed = (int64_t)((number - listener->base) * FRAME_TIME);
    int64_t offset = (int64_t)fleet->clock.now - elapsed, before = listener->offset;
    listener->offset = offset;
    set_anchor(listener, offset);
    if (offset + (int64_t)EARLY_SLACK < (int64_t)listener->begun) {
        listener_fault(fleet, listener, EARLY);
        fleet->stream.early += counts;
    }
    if (counts) {
        /* Skipped frames are in both offsets, so a gap is no jitter. */
        uint64_t jitter = (uint64_t)(offset > before ? offset - before : before - offset);
        if (listener->seen > 0)
            hdr_record(&fleet->stream.jitter, jitter > HDR_LOWEST ? jitter : HDR_LOWEST);
        if (listener->seen < FIRST_FRAMES)
            listener->first[listener->kept++] = offset;
        else
            record(fleet, listener, offset);
    }
    if (listener->seen < FIRST_FRAMES && ++listener->seen == FIRST_FRAMES)
        schedule_flush(fleet, listener);
}
