/* Short texts, sent and heard one at a time: the conversation of a trace. */
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
    char text[TEXT_MAX];
    size_t length = 0;
    unsigned byte;

    errno = EINVAL;
    for (; sscanf(digits + 2 * length, "%2x", &byte) == 1; length++) {
        if (length == TEXT_MAX)
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

/* Receive until `expected` bytes have arrived, the time is over, or the server has closed. */
void hear(const char *name, size_t expected, int ms)
{
    char text[TEXT_MAX + 1];
    size_t length = 0;
    int fd = client(name)->fd;
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
