/* What was wrong with the first wrong bytes, and the line that says how a flow ended. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "talker.h"

enum {
    PIECE = 16,    /* bytes by which their origin is searched */
    FEWEST = 4,    /* fewer bytes may occur anywhere by chance */
    MORE_MS = 100, /* how long the rest of the piece may take */
};

static const char *const fates[] = {
    [WELL] = "well",       [SILENT] = "silent",   [SLOW] = "slow",   [GONE] = "gone",   [RESET] = "reset",
    [REFUSED] = "refused", [PENDING] = "pending", [EXTRA] = "extra", [WRONG] = "wrong",
};

static struct {
    bool made;
    int seen, due; /* the first wrong byte, and what should have come; -1: nothing */
    bool known;
    unsigned stream;
    uint64_t place;
} complaint;

void no_complaint(void)
{
    complaint.made = false;
}

/* The bytes that stand where others should: those at hand, and a few more. */
void complain(const struct client *one, const unsigned char *seen, size_t length, int due)
{
    unsigned char piece[PIECE];
    struct pollfd more = {one->fd, POLLIN, 0};

    if (complaint.made)
        return;
    length = length < PIECE ? length : PIECE;
    memcpy(piece, seen, length);
    while (length < PIECE && poll(&more, 1, MORE_MS) > 0) {
        ssize_t n = recv(one->fd, piece + length, PIECE - length, 0);
        if (n <= 0)
            break;
        length += (size_t)n;
    }
    complaint.made = true;
    complaint.seen = piece[0];
    complaint.due = due;
    complaint.known = length >= FEWEST
                      && stream_find(one->stream, piece, length, &complaint.stream, &complaint.place);
}

/* own, the client that has this stream now, or earlier: its connection is no longer open. */
static const char *origin(const struct client *one)
{
    if (!complaint.known)
        return "unknown";
    if (complaint.stream == one->stream)
        return "own";
    for (const struct client *other = clients; other < clients + CLIENTS; other++)
        if (other->fd != -1 && other->stream == complaint.stream)
            return name_of(other);
    return "earlier";
}

/* One line: how many planned clients are done, and what the one did that fared worst. */
void print_outcome(const char *event, int done)
{
    const struct client *worst = NULL;
    int planned = 0, gone = 0;

    for (const struct client *one = clients; one < clients + CLIENTS; one++) {
        if (!one->planned)
            continue;
        planned++;
        gone += one->fate == GONE || one->fate == RESET;
        worst = worst == NULL || one->fate > worst->fate ? one : worst;
    }
    printf("%s done=%d of=%d gone=%d", event, done, planned, gone);
    if (worst)
        printf(" client=%s what=%s given=%" PRIu64 " give=%" PRIu64 " back=%" PRIu64 " shut=%d",
               name_of(worst), fates[worst->fate], worst->given, worst->give, worst->back, worst->shut);
    if (worst && worst->fate >= EXTRA && complaint.made)
        printf(" seen=%d due=%d from=%s place=%" PRIu64, complaint.seen, complaint.due, origin(worst),
               complaint.place);
    printf(" at=%lld\n", now());
}
