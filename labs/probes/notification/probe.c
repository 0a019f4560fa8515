/*
 * notification: what does a notification promise, and when does it come again?
 *
 * again    Half of the input is read. Does epoll report the rest, level-triggered, edge-triggered?
 * writable An idle socket is watched for room to send as well. How often does epoll_wait return?
 * closed   A watched descriptor is closed. Does epoll still report it, if a duplicate is open?
 * taken    Two waits report the same byte. What becomes of the read that comes second?
 * wakes    Four threads wait for one new connection. How many of them wake up, for each way to
 *          share the listener?
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "finding.h"
#include "herd.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { SHORT = 20, BUSY = 50 }; /* milliseconds */

static int ends[2];

static int checked(int result, const char *call)
{
    if (result == -1)
        die(call);
    return result;
}

static void open_pair(void)
{
    checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
}

static void close_both(void)
{
    checked(close(ends[0]), "close");
    checked(close(ends[1]), "close");
}

static int watch(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    int epoll = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    checked(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
    return epoll;
}

static bool reported(int epoll)
{
    struct epoll_event event;
    return checked(epoll_wait(epoll, &event, 1, SHORT), "epoll_wait") == 1;
}

static void send_bytes(size_t count)
{
    static const char bytes[64];
    if (send(ends[1], bytes, count, 0) != (ssize_t)count)
        die("send");
}

/* ---- again ------------------------------------------------------------------------------------ */

static void say_whether_again(const char *trigger, uint32_t events)
{
    char bytes[32];
    open_pair();
    int epoll = watch(ends[0], EPOLLIN | events);
    send_bytes(2 * sizeof bytes);
    bool first = reported(epoll);
    checked((int)recv(ends[0], bytes, sizeof bytes, 0), "recv");
    bool rest = reported(epoll);
    send_bytes(1);
    bool more = reported(epoll);
    begin_finding("notification");
    add_text("case", "again");
    add_text("trigger", trigger);
    add_text("input", first ? "reported" : "not reported");
    add_text("rest", rest ? "reported" : "not reported");
    add_text("after_new_input", more ? "reported" : "not reported");
    end_finding();
    checked(close(epoll), "close");
    close_both();
}

/* ---- writable --------------------------------------------------------------------------------- */

static void say_how_often(const char *watched, uint32_t events)
{
    struct epoll_event event;
    long returns = 0;
    open_pair();
    int epoll = watch(ends[0], events);
    int64_t cpu = thread_cpu(), began = now(), end = began + BUSY * 1000000LL, left;
    while ((left = end - now()) > 0) {
        int milliseconds = (int)((left + 999999) / 1000000);
        returns += checked(epoll_wait(epoll, &event, 1, milliseconds), "epoll_wait");
    }
    begin_finding("notification");
    add_text("case", "writable");
    add_text("watched_for", watched);
    add_whole("milliseconds", BUSY);
    add_whole("returns", returns);
    add_real("cpu_share", (double)(thread_cpu() - cpu) / (double)(now() - began));
    add_text("idle", returns == 0 ? "sleeps" : returns == 1 ? "sleeps after one return" : "spins");
    end_finding();
    checked(close(epoll), "close");
    close_both();
}

/* ---- closed ----------------------------------------------------------------------------------- */

static void say_what_close_removes(bool duplicated)
{
    struct epoll_event event = {0};
    open_pair();
    int epoll = watch(ends[0], EPOLLIN);
    int number = ends[0], duplicate = duplicated ? checked(dup(ends[0]), "dup") : -1;
    checked(close(ends[0]), "close");
    (void)!send(ends[1], "x", 1, MSG_NOSIGNAL); /* without a duplicate: EPIPE */
    bool dead = checked(epoll_wait(epoll, &event, 1, SHORT), "epoll_wait") == 1;
    int removed = epoll_ctl(epoll, EPOLL_CTL_DEL, number, NULL);
    begin_finding("notification");
    add_text("case", "closed");
    add_text("duplicate", duplicated ? "open" : "none");
    add_text("closed_descriptor", dead ? "reported" : "not reported");
    add_text("removal", removed == 0 ? "possible" : errno == EBADF ? "EBADF" : "another error");
    end_finding();
    if (duplicated)
        checked(close(duplicate), "close");
    checked(close(ends[1]), "close");
    checked(close(epoll), "close");
}

/* ---- taken ------------------------------------------------------------------------------------ */

/* Both wait, then both read: by one thread here, so that the order is certain. The second read waits
 * for SHORT only: otherwise the probe would not end. */
static void say_what_the_second_read_does(bool blocking)
{
    struct timeval patience = {0, SHORT * 1000};
    char byte;
    open_pair();
    struct pollfd entry = {.fd = ends[0], .events = POLLIN};
    checked(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), "setsockopt");
    send_bytes(1);
    int first = checked(poll(&entry, 1, 0), "poll"), second = checked(poll(&entry, 1, 0), "poll");
    checked((int)recv(ends[0], &byte, 1, 0), "recv");
    int64_t began = now();
    ssize_t n = recv(ends[0], &byte, 1, blocking ? 0 : MSG_DONTWAIT);
    int error = errno;
    int64_t waited = now() - began;
    begin_finding("notification");
    add_text("case", "taken");
    add_text("read", blocking ? "blocking" : "non-blocking");
    add_whole("notifications", first + second);
    add_text("second_read", n == -1 && error == EAGAIN
                                ? waited >= SHORT * 500000LL ? "sleeps" : "EAGAIN at once"
                                : "another result");
    end_finding();
    close_both();
}

int main(int count, char **words)
{
    say_whether_again("level", 0);
    say_whether_again("edge", EPOLLET);
    say_how_often("input", EPOLLIN);
    say_how_often("input and room", EPOLLIN | EPOLLOUT);
    say_how_often("input and room, edge-triggered", EPOLLIN | EPOLLOUT | EPOLLET);
    say_what_close_removes(false);
    say_what_close_removes(true);
    say_what_the_second_read_does(true);
    say_what_the_second_read_does(false);
    count_woken_threads(read_argument(count, words, "tries", 9));
    return 0;
}
