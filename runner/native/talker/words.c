/* Texts and requests, sent and heard one at a time: the conversation of a trace. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "talker.h"

static void give(const char *name, const char *text, size_t length)
{
    long long at = now();
    if (send(client(name)->fd, text, length, MSG_NOSIGNAL) != (ssize_t)length) {
        printf("gone %s at=%lld\n", name, now());
        return;
    }
    printf("sent %s at=%lld\n", name, at);
}

void send_text(const char *name, const char *text)
{
    give(name, text, strlen(text));
}

void send_bytes(const char *name, const char *digits)
{
    static char text[SAY_MAX];
    size_t length = 0;
    unsigned byte;

    errno = EINVAL;
    for (; sscanf(digits + 2 * length, "%2x", &byte) == 1; length++) {
        if (length == SAY_MAX)
            fail("say");
        text[length] = (char)byte;
    }
    give(name, text, length);
}

static void say(const char *event, const char *name, long long at, char *text, size_t length)
{
    text[length] = '\0';
    for (size_t i = 0; i < length; i++) /* the output must stay one line, whatever the server sent */
        if (text[i] <= ' ' || text[i] > '~')
            text[i] = '?';
    printf("%s %s at=%lld text=%s\n", event, name, at, text);
}

/* Receive some bytes before the deadline: how many, 0 where the server has closed, -1 where none came. */
static ssize_t receive(int fd, void *bytes, size_t most, long long deadline)
{
    for (;;) {
        struct pollfd one = {fd, POLLIN, 0};
        long long left = (deadline - now() + 999999) / 1000000;
        int ready = left > 0 ? poll(&one, 1, (int)left) : 0;
        if (ready == -1 && errno != EINTR)
            fail("poll");
        if (ready == 0)
            return -1;
        if (ready < 0)
            continue;
        ssize_t n = recv(fd, bytes, most, 0);
        if (n == -1 && (errno == EAGAIN || errno == EINTR))
            continue;
        return n > 0 ? n : 0;
    }
}

/* Receive until `expected` bytes have arrived, the time is over, or the server has closed. */
void hear(const char *name, size_t expected, int ms)
{
    char text[TEXT_MAX + 1];
    size_t length = 0;
    int fd = client(name)->fd;
    long long deadline = now() + ms * MS;

    errno = EINVAL;
    if (expected > TEXT_MAX)
        fail("hear");
    while (length < expected) {
        ssize_t n = receive(fd, text + length, expected - length, deadline);
        if (n == -1) {
            say("silence", name, now(), text, length);
            return;
        }
        if (n == 0) {
            printf("gone %s at=%lld\n", name, now());
            return;
        }
        length += (size_t)n;
    }
    say("heard", name, now(), text, length);
}

/* The next bytes of a reply, whatever they are. Where a reply ends, only the caller knows. */
void take_reply(const char *name, int ms)
{
    unsigned char piece[TAKE_MAX];
    ssize_t n = receive(client(name)->fd, piece, sizeof piece, now() + ms * MS);

    if (n <= 0) {
        printf("%s %s at=%lld\n", n == 0 ? "gone" : "silence", name, now());
        return;
    }
    printf("took %s at=%lld hex=", name, now());
    for (ssize_t i = 0; i < n; i++)
        printf("%02x", piece[i]);
    printf("\n");
}
