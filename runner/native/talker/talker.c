/*
 * The talker: a few clients that execute commands from stdin, one a line, and print the time of each.
 *
 *   talker --connect 127.0.0.1:9000
 *
 *   open A 1000      opened A port=40000 at=NS     (ms; NS: just before the call)
 *                    pending A at=NS               (the server's queue is full: no connection yet)
 *   watch 100 1000   watching now=100 of=100 at=NS (ms; opens silent connections w0 to w99)
 *   wait 80          waited at=NS                  (ms; no pipe delays it)
 *   send A TEXT      sent A at=NS                  (NS: just before the call)
 *   hear A 12 3000   heard A at=NS text=TEXT       (bytes, ms)
 *                    silence A at=NS text=PART, or gone A at=NS
 *   inode A          inode A is=7001100            (of the server's socket; 0: not accepted yet)
 *   close A          closed A at=NS
 *
 * A client is a letter, or w and a number: one of the silent connections, which can also send.
 * A full queue drops a SYN, and the kernel sends it again after one second, then two. So the caller
 * gives a time limit for connecting. If a command fails, the talker prints `failed WHAT: WHY` and
 * ends. Times are CLOCK_REALTIME in ns, as in a tracer's record of the same trial.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { NAMES = 26, WATCHED_MAX = 1000, TEXT_MAX = 256, ESTABLISHED = 1 };

static struct sockaddr_in server = {.sin_family = AF_INET};
static int clients[NAMES]; /* by letter; -1: not open */
static int watched[WATCHED_MAX];
static int watched_count;

static _Noreturn void fail(const char *what)
{
    printf("failed %s: %s\n", what, strerror(errno));
    exit(1);
}

static long long now(void)
{
    struct timespec time;
    if (clock_gettime(CLOCK_REALTIME, &time) == -1)
        fail("clock_gettime");
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* Start to connect; `established` waits for the end of the handshake. */
static int begin_one(void)
{
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        fail("socket");
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1)
        fail("setsockopt");
    if (connect(fd, (struct sockaddr *)&server, sizeof server) == -1 && errno != EINPROGRESS)
        fail("connect");
    return fd;
}

/* Is the handshake over before the deadline? A refused connection ends the talker. */
static int established(int fd, long long deadline)
{
    struct pollfd one = {fd, POLLOUT, 0};
    socklen_t length = sizeof errno;
    int ready;

    do {
        long long left = (deadline - now() + 999999) / 1000000;
        ready = poll(&one, 1, left > 0 ? (int)left : 0);
    } while (ready == -1 && errno == EINTR);
    if (ready == -1)
        fail("poll");
    if (ready == 0)
        return 0;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errno, &length) == -1 || errno != 0)
        fail("connect");
    return 1;
}

static int *client(const char *name)
{
    char *end;
    long number = name[0] == 'w' ? strtol(name + 1, &end, 10) : -1;

    if (number >= 0 && number < watched_count && *end == '\0')
        return &watched[number];
    errno = EINVAL;
    if (name[0] < 'A' || name[0] > 'Z' || name[1] != '\0')
        fail("a client is called A to Z, or w and a number");
    return &clients[name[0] - 'A'];
}

static int own_port(int fd)
{
    struct sockaddr_in own;
    socklen_t length = sizeof own;
    if (getsockname(fd, (struct sockaddr *)&own, &length) == -1)
        fail("getsockname");
    return ntohs(own.sin_port);
}

static void open_client(const char *name, int ms)
{
    long long at = now(); /* before connecting: the server may react before connect() returns */
    int fd = *client(name) = begin_one();
    if (established(fd, at + ms * 1000000LL))
        printf("opened %s port=%d at=%lld\n", name, own_port(fd), at);
    else
        printf("pending %s at=%lld\n", name, now());
}

static void watch(int count, int ms)
{
    int first = watched_count, connected = 0;
    long long deadline = now() + ms * 1000000LL;

    errno = EINVAL;
    if (count < 0 || watched_count + count > WATCHED_MAX)
        fail("watch");
    for (int i = 0; i < count; i++) { /* established connections come first */
        int fd = watched[watched_count] = begin_one();
        if (established(fd, deadline)) {
            watched[watched_count] = watched[first + connected];
            watched[first + connected++] = fd;
        }
        watched_count++;
    }
    printf("watching now=%d of=%d at=%lld\n", connected, count, now());
}

/* The inode of the server's socket, by which a tracer identifies it. It is in the socket table of the
 * network namespace; IPv6 sockets have a table of their own. */
static void find_inode(const char *name)
{
    static const char *const tables[] = {"/proc/self/net/tcp", "/proc/self/net/tcp6"};
    unsigned port = (unsigned)own_port(*client(name)), own = ntohs(server.sin_port);
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

static void wait_for(int ms)
{
    struct timespec left = {ms / 1000, ms % 1000 * 1000000L};
    while (nanosleep(&left, &left) == -1)
        if (errno != EINTR)
            fail("nanosleep");
    printf("waited at=%lld\n", now());
}

static void send_text(const char *name, const char *text)
{
    long long at = now();
    size_t length = strlen(text);
    if (send(*client(name), text, length, MSG_NOSIGNAL) != (ssize_t)length) {
        printf("gone %s at=%lld\n", name, now());
        return;
    }
    printf("sent %s at=%lld\n", name, at);
}

static void say(const char *event, const char *name, long long at, char *text, size_t length)
{
    text[length] = '\0';
    for (size_t i = 0; i < length; i++) /* the output must stay one line, whatever the server sent */
        if (text[i] <= ' ' || text[i] > '~')
            text[i] = '?';
    printf("%s %s at=%lld text=%s\n", event, name, at, text);
}

/* Receive until `expected` bytes have arrived, the time is over, or the server has closed. */
static void hear(const char *name, size_t expected, int ms)
{
    char text[TEXT_MAX + 1];
    size_t length = 0;
    int fd = *client(name);
    long long deadline = now() + ms * 1000000LL;

    errno = EINVAL;
    if (expected > TEXT_MAX)
        fail("hear");
    while (length < expected) {
        struct pollfd one = {fd, POLLIN, 0};
        long long left = (deadline - now() + 999999) / 1000000;
        int ready = left > 0 ? poll(&one, 1, (int)left) : 0;
        if (ready == -1 && errno != EINTR)
            fail("poll");
        if (ready == 0) {
            say("silence", name, now(), text, length);
            return;
        }
        if (ready < 0)
            continue;
        ssize_t n = recv(fd, text + length, expected - length, 0);
        if (n == -1 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n <= 0) {
            printf("gone %s at=%lld\n", name, now());
            return;
        }
        length += (size_t)n;
    }
    say("heard", name, now(), text, length);
}

static void close_client(const char *name)
{
    int *fd = client(name);
    if (*fd != -1 && close(*fd) == -1)
        fail("close");
    *fd = -1;
    printf("closed %s at=%lld\n", name, now());
}

static void obey(char *line)
{
    char *verb = strtok(line, " \n"), *first = strtok(NULL, " \n"), *second = strtok(NULL, " \n");
    char *third = strtok(NULL, " \n");
    int ms = second ? atoi(second) : 0;
    if (verb == NULL)
        return;
    if (strcmp(verb, "open") == 0 && second)
        open_client(first, ms);
    else if (strcmp(verb, "watch") == 0 && second)
        watch(atoi(first), ms);
    else if (strcmp(verb, "wait") == 0 && first)
        wait_for(atoi(first));
    else if (strcmp(verb, "send") == 0 && second)
        send_text(first, second);
    else if (strcmp(verb, "hear") == 0 && third)
        hear(first, strtoul(second, NULL, 10), atoi(third));
    else if (strcmp(verb, "inode") == 0 && first)
        find_inode(first);
    else if (strcmp(verb, "close") == 0 && first)
        close_client(first);
    else {
        errno = EINVAL;
        fail("command");
    }
}

int main(int argc, char **argv)
{
    char line[TEXT_MAX + 64];
    char *colon = argc == 3 ? strchr(argv[2], ':') : NULL;

    setvbuf(stdout, NULL, _IOLBF, 0);
    errno = EINVAL;
    if (colon == NULL || strcmp(argv[1], "--connect") != 0)
        fail("options");
    *colon = '\0';
    server.sin_port = htons((unsigned short)atoi(colon + 1));
    if (inet_pton(AF_INET, argv[2], &server.sin_addr) != 1)
        fail("options");
    for (int i = 0; i < NAMES; i++)
        clients[i] = -1;
    while (fgets(line, sizeof line, stdin) != NULL)
        obey(line);
    return 0;
}
