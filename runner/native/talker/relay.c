/*
 * Clients from elsewhere, carried over stdin and stdout: so they reach a server in a network that only
 * the talker has joined. One command a line, N is a client's number:
 *
 *   open N         opened N, or refused N
 *   data N HEX     took N        (the server's kernel has these bytes; one piece under way at a time)
 *   shut N                       (the client sends no more)
 *   more N                       (the client has the last piece)
 *   drop N                       (the client has gone)
 *
 *                  data N HEX    (from the server; the next piece comes after `more N`)
 *                  end N         (the server sends no more, or has reset the connection)
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "talker.h"

enum { LINKS = 64, PIECE = 16384, CONNECT_MS = 5000, LINE = 2 * PIECE + 64 };

static struct link {
    struct client client;
    bool open, reads, shut; /* may the server's next piece be read; does the client send no more */
    unsigned char out[PIECE];
    size_t length, given;
} links[LINKS];

static void close_link(struct link *link)
{
    if (link->open)
        close_one(&link->client, false);
    link->open = false;
}

static void open_link(int number)
{
    struct link *link = &links[number];
    close_link(link);
    *link = (struct link){.open = true, .reads = true};
    begin_one(&link->client, false);
    if (established(&link->client, now() + CONNECT_MS * MS) == CONNECTED) {
        printf("opened %d\n", number);
        return;
    }
    close_link(link);
    printf("refused %d\n", number);
}

/* Give the kernel what it takes. What is left waits until poll says that there is room. */
static void give(int number)
{
    struct link *link = &links[number];
    while (link->given < link->length) {
        ssize_t n = send(link->client.fd, link->out + link->given, link->length - link->given, MSG_NOSIGNAL);
        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1 && errno == EAGAIN)
            return;
        if (n == -1) /* the end of it shows when it is read */
            break;
        link->given += (size_t)n;
    }
    link->length = link->given = 0;
    printf("took %d\n", number);
    if (link->shut)
        shutdown(link->client.fd, SHUT_WR);
}

static void take(int number)
{
    struct link *link = &links[number];
    unsigned char piece[PIECE];
    ssize_t n = recv(link->client.fd, piece, sizeof piece, 0);

    if (n == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    link->reads = false;
    if (n <= 0) {
        printf("end %d\n", number);
        return;
    }
    printf("data %d ", number);
    for (ssize_t i = 0; i < n; i++)
        printf("%02x", piece[i]);
    printf("\n");
}

static void carry(int number, const char *digits)
{
    struct link *link = &links[number];
    unsigned byte;
    for (link->length = 0; link->length < PIECE && sscanf(digits, "%2x", &byte) == 1; digits += 2)
        link->out[link->length++] = (unsigned char)byte;
    give(number);
}

static void command(char *line)
{
    char *verb = strtok(line, " "), *name = strtok(NULL, " "), *digits = strtok(NULL, " ");
    int number = name ? atoi(name) : -1;

    errno = EINVAL;
    if (number < 0 || number >= LINKS)
        fail("relay");
    struct link *link = &links[number];
    if (strcmp(verb, "open") == 0)
        open_link(number);
    else if (!link->open)
        return; /* the server has refused it */
    else if (strcmp(verb, "data") == 0 && digits)
        carry(number, digits);
    else if (strcmp(verb, "more") == 0)
        link->reads = true;
    else if (strcmp(verb, "drop") == 0)
        close_link(link);
    else if (strcmp(verb, "shut") == 0) {
        link->shut = true;
        if (link->length == 0)
            shutdown(link->client.fd, SHUT_WR);
    }
}

/* Read what is there of stdin, and obey its whole lines. False at its end. */
static bool commands(void)
{
    static char text[LINE];
    static size_t length;
    ssize_t n = read(STDIN_FILENO, text + length, sizeof text - length);

    if (n == -1 && errno == EINTR)
        return true;
    if (n <= 0)
        return false;
    length += (size_t)n;
    for (char *end; (end = memchr(text, '\n', length)) != NULL;) {
        size_t used = (size_t)(end - text) + 1;
        *end = '\0';
        command(text);
        memmove(text, text + used, length -= used);
    }
    errno = EINVAL;
    if (length == sizeof text)
        fail("relay");
    return true;
}

void relay(void)
{
    struct pollfd watched[LINKS + 1];

    do {
        watched[LINKS] = (struct pollfd){STDIN_FILENO, POLLIN, 0};
        for (int i = 0; i < LINKS; i++) {
            int events = (links[i].reads ? POLLIN : 0) | (links[i].length ? POLLOUT : 0);
            watched[i] = (struct pollfd){links[i].open && events ? links[i].client.fd : -1, (short)events, 0};
        }
        if (poll(watched, LINKS + 1, -1) == -1 && errno != EINTR)
            fail("poll");
        for (int i = 0; i < LINKS; i++) {
            if (watched[i].fd != -1 && watched[i].revents && links[i].length)
                give(i);
            if (watched[i].fd != -1 && watched[i].revents && links[i].reads)
                take(i);
        }
    } while (!watched[LINKS].revents || commands());
}
