/* Lines to the server, while it plays: to whom, when, and how long the answer takes.
 *
 * A listener has one line at most unanswered. What it is told to do is done, for
 * us, where the answer stands among the frames. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>

#include "fleet.h"

#define LINES_AT_ONCE 64 /* then the sockets have their turn */
#define SEEK_SPAN 3600000U /* milliseconds: SEEK goes anywhere within an hour */

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

/* False: not yet connected, or lost over it. */
bool control_send(struct fleet *fleet, struct connection *c, enum command command)
{
    char line[32];
    struct listener *listener = listener_of(fleet, c);
    int length = compose(line, sizeof line, command, listener->target);
    fleet->now = clock_now(); /* before it leaves: what it causes comes after that */
    ssize_t n = send(c->fd, line, (size_t)length, MSG_NOSIGNAL);
    if (n == -1) {
        if (c->state != CONNECTING || (errno != EAGAIN && errno != EINTR))
            lose_by_errno(fleet, c, errno);
        return false;
    }
    if (n < length) {
        lose(fleet, c, OWN_LIMIT); /* the only line in the socket: its buffer has room */
        return false;
    }
    c->stamp = listener->asked = fleet->now;
    listener->command = (uint8_t)command;
    return true;
}

/* Send a line to one who is served: an answer is owed from now on. */
void control_ask(struct fleet *fleet, struct connection *c, enum command command)
{
    if (control_send(fleet, c, command)) {
        struct listener *listener = listener_of(fleet, c);
        listener->heard = listener->playing ? listener->heard : fleet->now;
        listener_settle(fleet, c);
    }
}

/* The listener whose turn it is by the seed, or the next that waits for no answer. */
static struct connection *choose(struct fleet *fleet, uint64_t random)
{
    uint64_t listeners = fleet->options.active, from = (uint32_t)random % listeners;
    for (uint64_t i = 0; i < listeners; i++) {
        struct connection *c = &fleet->connections[(from + i) % listeners];
        bool served = c->state == READY || c->state == BUSY;
        if (served && listener_of(fleet, c)->command == NOTHING)
            return c;
    }
    return NULL;
}

/* Send the lines that are due; returns when the next one is, or `end`.
 *
 * A reply time counts from the sending: that epoll_wait sleeps whole milliseconds
 * is our doing. But a line that no listener was free for counts from when it was
 * due, or a server that stops answering would also stop being asked. */
uint64_t control_turn(struct fleet *fleet, uint64_t end)
{
    struct stream *stream = &fleet->stream;
    if (fleet->options.control == 0 || fleet->options.active == 0)
        return end;
    for (int i = 0; i < LINES_AT_ONCE && stream->next_line <= fleet->now; i++) {
        uint64_t due = stream->next_line;
        uint64_t random = pattern_tag(fleet->options.seed, UINT32_MAX, stream->lines);
        struct connection *c = choose(fleet, random);
        if (!c) {
            stream->held = fleet->now;
            return end; /* an answer, or a loss, will end this wait */
        }
        struct listener *listener = listener_of(fleet, c);
        listener->target = (random >> 34) % SEEK_SPAN * SAMPLE_RATE / 1000;
        control_ask(fleet, c, STATUS + (random >> 32) % 4);
        if (due <= stream->held)
            listener->asked = due;
        stream->sent += listener->command != NOTHING && c->stamp >= fleet->window_start;
        stream->lines++;
        stream->next_line = due + SECOND / fleet->options.control;
    }
    return stream->next_line < end ? stream->next_line : end;
}

/* What was asked for has happened, whatever the answer says: what comes next will show it. */
static void obeyed(struct fleet *fleet, struct connection *c)
{
    struct listener *listener = listener_of(fleet, c);
    switch (listener->command) {
    case PLAY:
        listener->left = (uint64_t)PLAY_SECONDS * SAMPLE_RATE;
        if (!listener->playing)
            schedule_begin(fleet, listener, c->stamp);
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

void control_answer(struct fleet *fleet, struct connection *c, const struct frame *frame)
{
    struct listener *listener = listener_of(fleet, c);
    uint32_t skipped;
    enum wrong wrong = answer_check(listener, frame, &skipped);
    listener_skip(fleet, listener, skipped);
    obeyed(fleet, c);
    if (wrong != RIGHT)
        listener_fault(fleet, listener, WRONG);
    if (c->stamp >= fleet->window_start) {
        fleet->stream.answered++;
        fleet->stream.wrong[wrong]++;
        hdr_record(&fleet->stream.reply, fleet->now - listener->asked);
    }
    if (c->state == PROVING)
        connect_served(fleet, c);
}
