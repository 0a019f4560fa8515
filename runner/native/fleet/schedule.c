/* Early, in time, or late? By the listener's own clock alone.
 *
 * Frame k of a play is due 20 ms * k after its frame 0. When that one was due
 * nobody tells us: somewhere between our sending of PLAY, before which nothing
 * may come, and its arrival. Had the first arrival been the anchor, a first frame
 * that was late itself would hide as much lateness in all others. So the anchor
 * is the least (arrival - 20 ms * k) of the play so far, and the first eight
 * frames are judged together, once all of them have had their chance to set it. */
#include "fleet.h"

/* No frame may be early at all; so much is left to rounding, and to two machines' clocks. */
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
    if (lateness > fleet->options.late)
        fleet->stream.late++;
    hdr_record(&fleet->latency, lateness > HDR_LOWEST ? lateness : HDR_LOWEST);
}

/* What was kept of the first frames is judged by the anchor that there is now. */
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
    int64_t elapsed = (int64_t)((number - listener->base) * FRAME_TIME);
    int64_t offset = (int64_t)fleet->now - elapsed, before = listener->offset;
    listener->offset = offset;
    set_anchor(listener, offset);
    if (offset + (int64_t)EARLY_SLACK < (int64_t)listener->begun) {
        listener_fault(fleet, listener, EARLY);
        fleet->stream.early += window_holds(fleet);
    }
    if (window_holds(fleet)) {
        /* The skipped are in both offsets: a gap is no jitter. */
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
