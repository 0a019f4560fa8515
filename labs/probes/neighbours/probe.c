/*
 * neighbours: what does one client of a server cost the other clients?
 *
 * This probe is the only client program of the server, with several connections.
 *
 * think  A sends, gets its reply, and is idle for a while before it leaves. How long does B wait
 *        for its own reply, if it sends while A is idle?
 * stall  A sends without reading until no more can be sent. How long does B wait now?
 * idle   eight connections are idle; the runner samples the server's CPU time meanwhile.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "finding.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TRIES = 5, PATIENCE = 500, IDLE = 8, IDLE_MS = 300 }; /* milliseconds */

static const int pauses[] = {0, 10, 20, 40, 80}; /* milliseconds */

static int join_server(void)
{
    const char *port = getenv("PORT");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (port == NULL)
        say_missing("server", "this probe is run beside a server: add server: to the experiment");
    address.sin_port = htons((in_port_t)atoi(port));
    if (fd == -1)
        die("socket");
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1)
        die("setsockopt");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == -1)
        die("connect");
    return fd;
}

static void leave(int fd)
{
    if (close(fd) == -1)
        die("close");
}

/* Return whether a byte comes back within the time. */
static bool answered(int fd, int milliseconds)
{
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    char byte;
    int ready = poll(&entry, 1, milliseconds);
    if (ready == -1)
        die("poll");
    return ready == 1 && recv(fd, &byte, 1, MSG_DONTWAIT) == 1;
}

static void ask(int fd)
{
    if (send(fd, "?", 1, MSG_NOSIGNAL) != 1)
        die("send");
}

/* A is answered first, so that the server is at A; then B connects and sends. B's time is
 * measured on its own: when A has been idle for long enough it leaves, whether B was answered
 * or not. */
static int64_t wait_beside(int pause_ms)
{
    int a = join_server();
    ask(a);
    if (!answered(a, PATIENCE))
        die("A got no answer");
    int b = join_server();
    int64_t began = now();
    ask(b);
    bool replied = answered(b, pause_ms);
    int64_t waited = now() - began;
    while (!replied && now() - began < pause_ms * 1000000LL)
        replied = answered(b, 1);
    leave(a);
    if (!replied) {
        replied = answered(b, PATIENCE);
        waited = now() - began;
    }
    leave(b);
    return replied ? waited : -1;
}

static void think(void)
{
    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++)
        for (int n = 0; n < TRIES; n++) {
            int64_t waited = wait_beside(pauses[i]);
            begin_finding("neighbours");
            add_text("case", "think");
            add_whole("thought_ns", pauses[i] * 1000000LL);
            add_text("answered", waited >= 0 ? "yes" : "no");
            add_whole("waited_ns", waited >= 0 ? waited : PATIENCE * 1000000LL);
            end_finding();
        }
}

/* Send until no byte is accepted for a while: the buffers of the server and of the client are
 * full. */
static long send_without_reading(int fd)
{
    static const char bytes[64 * 1024];
    struct pollfd entry = {.fd = fd, .events = POLLOUT};
    long sent = 0;
    while (poll(&entry, 1, 50) == 1) {
        ssize_t n = send(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n == -1 && errno != EAGAIN)
            die("send");
        sent += n > 0 ? n : 0;
    }
    return sent;
}

/* B connects again each time, after A: a server that serves one client at a time is busy with
 * A. */
static void stall(void)
{
    int a = -1;
    for (int stalled = 0; stalled <= 1; stalled++) {
        long sent = 0;
        if (stalled) {
            a = join_server();
            sent = send_without_reading(a);
        }
        for (int n = 0; n < TRIES; n++) {
            int64_t began = now();
            int b = join_server();
            ask(b);
            bool replied = answered(b, PATIENCE);
            begin_finding("neighbours");
            add_text("case", "stall");
            add_text("stalled", stalled ? "yes" : "no");
            add_whole("unread", sent);
            add_text("answered", replied ? "yes" : "no");
            add_whole("waited_ns", now() - began);
            end_finding();
            leave(b);
            if (!replied)
                break; /* the next tries would also time out */
        }
    }
    leave(a);
}

static void stay_idle(void)
{
    int ends[IDLE], replies = 0;
    for (int i = 0; i < IDLE; i++) {
        ends[i] = join_server();
        ask(ends[i]);
        replies += answered(ends[i], 50); /* `blocking` answers only the first connection */
    }
    ask_for_sample("idle-began");
    usleep(IDLE_MS * 1000);
    ask_for_sample("idle-ended");
    begin_finding("neighbours");
    add_text("case", "idle");
    add_whole("connections", IDLE);
    add_whole("answered", replies);
    end_finding();
    for (int i = 0; i < IDLE; i++)
        leave(ends[i]);
}

int main(void)
{
    stay_idle();
    think();
    stall();
    return 0;
}
