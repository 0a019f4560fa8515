/* 4 workload: lines to the server while it plays: to which listener, and when.
 *
 * A listener has at most one unanswered line. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

#include "errors.h"
#include "fleet.h"

#define LINES_AT_ONCE 64 /* then the loop handles events */
#define SEEK_SPAN 3600000U /* milliseconds: SEEK goes to any position within an hour */

static int compose(char *line, size_t size, enum command command, uint64_t target)
{
    switch (command) {
    case PLAY:
        return snprintf(line, size, "PLAY %u\n", PLAY_SECONDS);
    case SEEK:
        return snprintf(line, size, "SEEK %" PRIu64 "\n", target * 1000 / SAMPLE_RATE);
    case PAUSE:
        return snprintf(line, size, "PAUSE\n");
    default:
        return snprintf(line, size, "STATUS\n");
    }
}

/* False: the connection is not open yet, or was lost. */
bool control_send(struct fleet *fleet, struct connection *c, enum command command)
{
    char line[32];
    struct listener *listener = listener_of(fleet, c);
    int length = compose(line, sizeof line, command, listener->target);
    clock_read(&fleet->clock); /* before sending: the effects of the line are later */
    ssize_t n = send(c->fd, line, (size_t)length, MSG_NOSIGNAL);
    if (n == -1) {
        if (c->state != CONNECTING || !try_again(errno))
            lose_by_errno(&fleet->all, c, errno);
        return false;
    }
    if (n < length) {
        lose(&fleet->all, c, OWN_LIMIT); /* the only line in the socket: its buffer has room */
        return false;
    }
    c->stamp = listener->sent = listener->asked = fleet->clock.now;
    listener->command = (uint8_t)command;
    return true;
}

/* Send a line to a listener that is served: the server owes an answer from now on. */
void control_ask(struct fleet *fleet, struct connection *c, enum command command)
{
    if (control_send(fleet, c, command)) {
        struct listener *listener = listener_of(fleet, c);
        listener->heard = listener->playing ? listener->heard : fleet->clock.now;
        listener_settle(fleet, c);
    }
}

/* The listener that `random` selects, or the next one without an unanswered line. */
static struct connection *choose(struct fleet *fleet, uint64_t random)
{
    uint64_t listeners = fleet->all.active, from = (uint32_t)random % listeners;
    for (uint64_t i = 0; i < listeners; i++) {
        struct connection *c = &fleet->all.table[(from + i) % listeners];
        bool served = c->state == READY || c->state == BUSY;
        if (served && listener_of(fleet, c)->command == NOTHING)
            return c;
    }
    return NULL;
}

/* Send the lines that are due.
 *
 * A reply time begins with the sending, because the load generator causes the delay before it. But the
 * reply time of a line for which no listener was free begins when the line was due: otherwise a server
 * that stops answering would receive no more lines. */
void control_due(struct fleet *fleet)
{
    struct stream *stream = &fleet->stream;
    for (int i = 0; i < LINES_AT_ONCE && control_next(fleet) <= fleet->clock.now; i++) {
        uint64_t due = stream->next_line;
        uint64_t random = pattern_tag(fleet->all.pattern.seed, UINT32_MAX, stream->lines);
        struct connection *c = choose(fleet, random);
        if (!c) {
            stream->starved = true;
            return;
        }
        struct listener *listener = listener_of(fleet, c);
        listener->target = (random >> 34) % SEEK_SPAN * SAMPLE_RATE / 1000;
        control_ask(fleet, c, STATUS + (random >> 32) % 4);
        if (due <= stream->held)
            listener->asked = due;
        stream->sent += listener->command != NOTHING && listener->sent >= fleet->loop.window.start;
        stream->lines++;
        stream->next_line = due + SECOND / fleet->streaming->control;
    }
}

/* When the next line can be sent. An answer ends the wait for a free listener. */
uint64_t control_next(const struct fleet *fleet)
{
    bool none = fleet->streaming->control == 0 || fleet->all.active == 0 || fleet->stream.starved;
    return none ? UINT64_MAX : fleet->stream.next_line;
}
