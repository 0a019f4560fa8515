/*
 * Flows: planned clients send and receive at the same time, in random order and in random pieces,
 * until each has done what was planned, or no byte has moved for a while.
 *
 * A moment in which this program itself did not run does not count as one without a byte: on a
 * machine that stands still nothing is the server's fault.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "talker.h"

enum { BLOCK = 1 << 16, SLICE_MS = 20 };

static bool over; /* the plans are those of a flow that has ended: the next plan is the first of a new one */

/* What a client shall do in the next flow: `take` is how many bytes shall come back of all that it has
 * been given, -1 for all of them. More than it gives cannot come back: a connection may hold less than
 * the caller expects. */
void plan_one(struct client *one, uint64_t give, long long take, unsigned piece, bool end)
{
    for (struct client *other = clients; over && other < clients + CLIENTS; other++)
        other->planned = false;
    over = false;
    one->give = one->given + give;
    one->take = take < 0 || (uint64_t)take > one->give ? one->give : (uint64_t)take;
    one->piece = piece;
    one->end = end;
    one->fate = WELL;
    one->planned = true;
}

void plan(char *names, uint64_t give, long long take, unsigned piece, bool end)
{
    struct client *first, *last;

    range_of(names, &first, &last);
    for (struct client *one = first; one <= last; one++) {
        errno = ENOTCONN;
        if (one->fd == -1)
            fail("plan");
        plan_one(one, give, take, piece, end);
    }
    printf("planned\n");
}

static bool gives(const struct client *one)
{
    return one->given < one->give || (one->end && !one->shut);
}

static bool takes(const struct client *one)
{
    return one->back < one->take || (one->end && !one->ended);
}

static size_t size_of_call(const struct client *one)
{
    return one->piece ? 1 + below(one->piece < BLOCK ? one->piece : BLOCK) : BLOCK;
}

/* One call of send, or the shutdown after the last. */
static void give_some(struct client *one)
{
    static unsigned char block[BLOCK];
    size_t n = size_of_call(one);
    ssize_t sent = 0;

    if (one->given < one->give) {
        n = n < one->give - one->given ? n : one->give - one->given;
        stream_fill(one->stream, one->given, block, n);
        sent = send(one->fd, block, n, MSG_NOSIGNAL);
    }
    if (sent == -1) {
        one->fate = errno == EAGAIN || errno == EINTR ? one->fate : RESET;
        return;
    }
    one->given += (uint64_t)sent;
    stream_sent(one->stream, one->given);
    if (one->end && !one->shut && one->given == one->give) {
        one->shut = true;
        if (shutdown(one->fd, SHUT_WR) == -1)
            one->fate = RESET;
    }
}

/* One call of recv: what comes must be what the client sent, and no more. */
void take_some(struct client *one)
{
    static unsigned char seen[BLOCK], due[BLOCK];
    ssize_t n = recv(one->fd, seen, size_of_call(one), 0);

    if (n == -1) {
        one->fate = errno == EAGAIN || errno == EINTR ? one->fate : RESET;
    } else if (n == 0) {
        one->ended = one->shut && one->back == one->given;
        one->fate = one->ended ? one->fate : GONE;
    } else {
        uint64_t missing = one->given - one->back;
        size_t length = (size_t)n, compared = length < missing ? length : (size_t)missing, same = 0;
        stream_fill(one->stream, one->back, due, compared);
        while (same < compared && seen[same] == due[same])
            same++;
        one->back += same;
        if (same < length) {
            one->fate = same < compared ? WRONG : EXTRA;
            complain(one, seen + same, length - same, same < compared ? due[same] : -1);
        }
    }
}

/* One step of a client that is ready for it; whether a byte moved. */
static bool step(struct client *one, short ready)
{
    struct client before = *one;

    if (ready & POLLOUT || (ready && !takes(one))) /* where it only gives, send finds the error */
        give_some(one);
    if (one->fate == WELL && ready & (POLLIN | POLLHUP | POLLERR) && takes(one))
        take_some(one);
    return one->given != before.given || one->back != before.back || one->shut != before.shut
           || one->ended != before.ended || one->fate != before.fate;
}

/* The clients that still have something to do, with what they wait for. */
static nfds_t unfinished(struct pollfd *waiting, struct client **waiters)
{
    nfds_t count = 0;

    for (struct client *one = clients; one < clients + CLIENTS; one++) {
        if (!one->planned || one->fate != WELL || !(gives(one) || takes(one)))
            continue;
        waiting[count].fd = one->fd;
        waiting[count].events = (short)((gives(one) ? POLLOUT : 0) | (takes(one) ? POLLIN : 0));
        waiters[count++] = one;
    }
    return count;
}

/* Moves bytes until all is done; the fate of those that are not done. */
static void move(int patience, int most)
{
    static struct pollfd waiting[CLIENTS];
    static struct client *waiters[CLIENTS];
    long long quiet = 0, whole = 0;
    nfds_t count;

    while ((count = unfinished(waiting, waiters)) > 0) {
        long long before = steady();
        int ready = poll(waiting, count, SLICE_MS);
        if (ready == -1 && errno != EINTR)
            fail("poll");
        bool moved = false;
        nfds_t first = below(count);
        for (nfds_t i = 0; ready > 0 && i < count; i++) {
            nfds_t turn = (first + i) % count;
            moved = (waiting[turn].revents && step(waiters[turn], waiting[turn].revents)) || moved;
            if (waiters[turn]->fate >= EXTRA)
                return;
        }
        long long took = steady() - before;
        took = took < 2 * SLICE_MS * MS ? took : 2 * SLICE_MS * MS;
        quiet = moved ? 0 : quiet + took;
        whole += took;
        if (quiet < patience * MS && whole < most * MS)
            continue;
        for (nfds_t i = 0; i < count; i++)
            if (waiters[i]->fate == WELL && (gives(waiters[i]) || takes(waiters[i])))
                waiters[i]->fate = quiet < patience * MS ? SLOW : SILENT;
    }
}

/* Until every plan is done, no byte moves for `patience` ms, or `most` ms are over: how many clients
 * did all that was planned. A flow without a new plan continues the one before it. */
int flow(int patience, int most)
{
    int done = 0;

    no_complaint();
    for (struct client *one = clients; one < clients + CLIENTS; one++)
        one->fate = one->fate == SILENT || one->fate == SLOW ? WELL : one->fate;
    move(patience, most);
    over = true;
    for (struct client *one = clients; one < clients + CLIENTS; one++)
        done += one->planned && one->fate == WELL && !gives(one) && !takes(one);
    return done;
}

/* For so long no client that has all its bytes back may get another, or lose its connection. */
void hush(int ms)
{
    static struct pollfd waiting[CLIENTS];
    static struct client *waiters[CLIENTS];
    long long deadline = steady() + ms * MS, left;
    nfds_t count = 0;

    no_complaint();
    over = true;
    for (struct client *one = clients; one < clients + CLIENTS; one++) {
        if (one->fd == -1 || one->back < one->given || one->ended)
            continue;
        plan_one(one, 0, -1, 0, false);
        waiting[count] = (struct pollfd){one->fd, POLLIN, 0};
        waiters[count++] = one;
    }
    while ((left = deadline - steady()) > 0) {
        int ready = poll(waiting, count, (int)(left / MS) + 1);
        if (ready == -1 && errno != EINTR)
            fail("poll");
        for (nfds_t i = 0; ready > 0 && i < count; i++)
            if (waiting[i].revents)
                take_some(waiters[i]);
        if (ready > 0)
            break;
    }
    over = true;
}

/* A message, the end of file and a reset, before the server can have read any of them. */
void bolt(const char *name, uint64_t give)
{
    struct client *one = client(name);

    plan_one(one, give, 0, 0, true);
    give_some(one);
    close_one(one, true);
    over = true;
    printf("left at=%lld\n", now());
}
