/*
 * The talker: a few clients that do what they are told, one line at a time, and say when.
 *
 *   talker --connect 127.0.0.1:9000
 *
 *   open A           opened A port=40000 at=NS     (the time just before the call)
 *   watch 100        watching 100 at=NS            (connections that will never say a word)
 *   wait 80          waited at=NS                  (ms; timed here, where no pipe is in between)
 *   send A TEXT      sent A at=NS                  (the time just before the call)
 *   hear A 12 3000   heard A at=NS text=TEXT       (bytes, ms)
 *                    silence A at=NS, or: gone A at=NS
 *   close A          closed A at=NS
 *
 * Where a command cannot be done: failed WHAT: WHY, and it ends. Times are CLOCK_REALTIME in ns, as
 * in the record of a tracer beside it.
 */
#include <arpa/inet.h>
#include <errno.h>
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

enum { NAMES = 26, WATCHED_MAX = 1000, TEXT_MAX = 256 };

static struct sockaddr_in server = {.sin_family = AF_INET};
static int clients[NAMES]; /* by letter; -1 where there is none */
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

static int connect_one(void)
{
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        fail("socket");
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1)
        fail("setsockopt");
    if (connect(fd, (struct sockaddr *)&server, sizeof server) == -1)
        fail("connect");
    return fd;
}

static int *client(const char *name)
{
    errno = EINVAL;
    if (name[0] < 'A' || name[0] > 'Z' || name[1] != '\0')
        fail("a client is called A to Z");
    return &clients[name[0] - 'A'];
}

static void open_client(const char *name)
{
    struct sockaddr_in own;
    socklen_t length = sizeof own;
    long long at = now(); /* before: once it is connected the server may be quicker than we */
    int fd = *client(name) = connect_one();
    if (getsockname(fd, (struct sockaddr *)&own, &length) == -1)
        fail("getsockname");
    printf("opened %s port=%d at=%lld\n", name, ntohs(own.sin_port), at);
}

static void watch(int count)
{
    errno = EINVAL;
    if (count < 0 || watched_count + count > WATCHED_MAX)
        fail("watch");
    for (int i = 0; i < count; i++)
        watched[watched_count++] = connect_one();
    printf("watching %d at=%lld\n", watched_count, now());
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

/* Until so many bytes have come, the time is over, or the server has closed. */
static void hear(const char *name, size_t wanted, int ms)
{
    char text[TEXT_MAX + 1];
    size_t length = 0;
    int fd = *client(name);
    long long deadline = now() + ms * 1000000LL;

    errno = EINVAL;
    if (wanted > TEXT_MAX)
        fail("hear");
    while (length < wanted) {
        struct pollfd one = {fd, POLLIN, 0};
        long long left = (deadline - now() + 999999) / 1000000;
        int ready = left > 0 ? poll(&one, 1, (int)left) : 0;
        if (ready == -1 && errno != EINTR)
            fail("poll");
        if (ready == 0) {
            printf("silence %s at=%lld\n", name, now());
            return;
        }
        if (ready < 0)
            continue;
        ssize_t n = recv(fd, text + length, wanted - length, 0);
        if (n <= 0) {
            printf("gone %s at=%lld\n", name, now());
            return;
        }
        length += (size_t)n;
    }
    long long at = now();
    text[length] = '\0';
    for (size_t i = 0; i < length; i++) /* a line must stay one, whatever the server says */
        if (text[i] <= ' ' || text[i] > '~')
            text[i] = '?';
    printf("heard %s at=%lld text=%s\n", name, at, text);
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
    if (verb == NULL)
        return;
    if (strcmp(verb, "open") == 0 && first)
        open_client(first);
    else if (strcmp(verb, "watch") == 0 && first)
        watch(atoi(first));
    else if (strcmp(verb, "wait") == 0 && first)
        wait_for(atoi(first));
    else if (strcmp(verb, "send") == 0 && second)
        send_text(first, second);
    else if (strcmp(verb, "hear") == 0 && third)
        hear(first, strtoul(second, NULL, 10), atoi(third));
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
