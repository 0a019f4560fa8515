/* The clients: they open and close connections. A letter names one, or w and a number. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "talker.h"

enum { ESTABLISHED = 1 };

/* Of a small client: the kernel sizes the server's buffer for its replies by the segments that the
 * client accepts. On loopback they have 64 KiB, and a server would fill megabytes before a call
 * sends less than it was given. With segments this small the buffer begins with 25 KiB; it grows
 * only as far as there are segments on the way, so the window is the smallest that the kernel
 * allows. */
enum { SMALL_SEGMENT = 380, SMALL_BUFFER = 1024, SMALL_QUEUE = 32768 };

struct client clients[CLIENTS];
static struct sockaddr_in server = {.sin_family = AF_INET};
static int watched;

void use_server(const char *address, int port)
{
    server.sin_port = htons((unsigned short)port);
    errno = EINVAL;
    if (inet_pton(AF_INET, address, &server.sin_addr) != 1)
        fail("options");
}

void no_clients(void)
{
    for (int i = 0; i < CLIENTS; i++)
        clients[i].fd = -1;
}

struct client *client(const char *name)
{
    char *end;
    long number = name[0] == 'w' ? strtol(name + 1, &end, 10) : -1;

    if (number >= 0 && number < watched && *end == '\0')
        return &clients[LETTERS + number];
    errno = EINVAL;
    if (name[0] < 'A' || name[0] > 'Z' || name[1] != '\0')
        fail("a client is called A to Z, or w and a number");
    return &clients[name[0] - 'A'];
}

/* One client, or all from one to another: w0-w99. */
void range_of(char *names, struct client **first, struct client **last)
{
    char *dash = strchr(names, '-');
    if (dash)
        *dash = '\0';
    *first = client(names);
    *last = dash ? client(dash + 1) : *first;
}

const char *name_of(const struct client *one)
{
    static char name[16];
    int index = (int)(one - clients);

    if (index < LETTERS)
        snprintf(name, sizeof name, "%c", (char)('A' + index));
    else
        snprintf(name, sizeof name, "w%d", index - LETTERS);
    return name;
}

struct client *next_watched(void)
{
    errno = EINVAL;
    if (watched == WATCHED_MAX)
        fail("too many clients");
    return &clients[LETTERS + watched++];
}

static void set(int fd, int level, int option, int value)
{
    if (setsockopt(fd, level, option, &value, sizeof value) == -1)
        fail("setsockopt");
}

/* Start to connect; `established` waits for the end of the handshake. */
void begin_one(struct client *one, bool small)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        fail("socket");
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    if (small) {
        set(fd, IPPROTO_TCP, TCP_MAXSEG, SMALL_SEGMENT);
        set(fd, SOL_SOCKET, SO_RCVBUF, SMALL_BUFFER);
        set(fd, SOL_SOCKET, SO_SNDBUF, SMALL_QUEUE);
    }
    *one = (struct client){.fd = fd, .stream = stream_new()};
    if (connect(fd, (struct sockaddr *)&server, sizeof server) == 0 || errno == EINPROGRESS)
        return;
    if (errno != ECONNREFUSED)
        fail("socket"); /* no port, no memory: the fault of this machine */
    one->fate = REFUSED;
}

/* Waits for the end of the handshake, until the deadline of `now`. */
enum connecting established(const struct client *one, long long deadline)
{
    struct pollfd waiting = {one->fd, POLLOUT, 0};
    socklen_t length = sizeof errno;
    int ready;

    if (one->fate == REFUSED)
        return REJECTED;
    do {
        long long left = (deadline - now() + 999999) / 1000000;
        ready = poll(&waiting, 1, left > 0 ? (int)left : 0);
    } while (ready == -1 && errno == EINTR);
    if (ready == -1)
        fail("poll");
    if (ready == 0)
        return WAITING;
    if (getsockopt(one->fd, SOL_SOCKET, SO_ERROR, &errno, &length) == -1)
        fail("getsockopt");
    if (errno == 0)
        return CONNECTED;
    if (errno == ECONNREFUSED || errno == ECONNRESET)
        return REJECTED;
    fail("socket");
}

static int own_port(int fd)
{
    struct sockaddr_in own;
    socklen_t length = sizeof own;
    if (getsockname(fd, (struct sockaddr *)&own, &length) == -1)
        fail("getsockname");
    return ntohs(own.sin_port);
}

static _Noreturn void fail_to_connect(void)
{
    errno = ECONNREFUSED;
    fail("connect");
}

void open_client(const char *name, int ms, bool small)
{
    struct client *one = client(name);
    long long at = now(); /* before connecting: the server may react before connect() returns */

    close_one(one, false);
    begin_one(one, small);
    switch (established(one, at + ms * MS)) {
    case CONNECTED:
        printf("opened %s port=%d at=%lld\n", name, own_port(one->fd), at);
        break;
    case WAITING:
        printf("pending %s at=%lld\n", name, now());
        break;
    case REJECTED:
        fail_to_connect();
    }
}

void watch(int count, int ms)
{
    int first = watched, connected = 0;
    long long deadline = now() + ms * MS;

    for (int i = 0; i < count; i++) { /* established connections come first */
        struct client *one = next_watched(), *place = &clients[LETTERS + first + connected];
        begin_one(one, false);
        enum connecting end = established(one, deadline);
        if (end == REJECTED)
            fail_to_connect();
        if (end == CONNECTED) {
            struct client other = *place;
            *place = *one;
            if (place != one)
                *one = other;
            connected++;
        }
    }
    printf("watching now=%d of=%d at=%lld\n", connected, count, now());
}

/* Closes the connection, or resets it. */
void close_one(struct client *one, bool reset)
{
    struct linger at_once = {.l_onoff = 1};

    if (one->fd != -1 && reset
        && setsockopt(one->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == -1)
        fail("setsockopt");
    if (one->fd != -1 && close(one->fd) == -1)
        fail("close");
    one->fd = -1;
    one->planned = false;
}

void close_client(const char *name)
{
    close_one(client(name), false);
    printf("closed %s at=%lld\n", name, now());
}

/* All clients of a range, in order. */
void leave(char *names, bool reset)
{
    struct client *first, *last;

    range_of(names, &first, &last);
    for (struct client *one = first; one <= last; one++)
        close_one(one, reset);
    printf("left at=%lld\n", now());
}

/* The inode of the server's socket, by which a tracer identifies it. It is in the socket table of the
 * network namespace; IPv6 sockets have a table of their own. */
void find_inode(const char *name)
{
    static const char *const tables[] = {"/proc/self/net/tcp", "/proc/self/net/tcp6"};
    unsigned port = (unsigned)own_port(client(name)->fd), own = ntohs(server.sin_port);
    unsigned long long result = 0;
    char line[512];

    for (int i = 0; i < 2 && result == 0; i++) {
        FILE *table = fopen(tables[i], "re");
        if (table == NULL)
            continue; /* a kernel without IPv6 */
        while (result == 0 && fgets(line, sizeof line, table) != NULL) {
            unsigned here, there, state;
            unsigned long long inode;
            if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%x %x %*s %*s %*s %*s %*s %llu",
                       &here, &there, &state, &inode) == 4
                && here == own && there == port && state == ESTABLISHED)
                result = inode;
        }
        if (fclose(table) != 0)
            fail("fclose");
    }
    printf("inode %s is=%llu\n", name, result);
}
