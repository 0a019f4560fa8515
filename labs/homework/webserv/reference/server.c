/*
 * webserv, the reference: one thread, which sleeps nowhere but in poll. Each wake-up allows a client
 * one recv or one send, whichever poll has reported.
 *
 * Build: -O2
 */
#define _GNU_SOURCE /* accept4 */
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- Given: how the server starts and ends --------------------------------------- */

/* Report on stderr which system call failed and why, and exit with status 1. */
static _Noreturn void die(const char *call)
{
    fprintf(stderr, "%s: %s\n", call, strerror(errno));
    exit(1);
}

/* A signal handler may call _exit, which is async-signal-safe. It may not call exit. */
static void leave(int number)
{
    (void)number;
    _exit(0);
}

/* SIGTERM and SIGINT end the server with status 0. SIGPIPE is ignored: send to a client that has
 * left then fails with EPIPE. */
static void obey_signals(void)
{
    struct sigaction action = {.sa_handler = leave};
    if (sigaction(SIGTERM, &action, NULL) == -1 || sigaction(SIGINT, &action, NULL) == -1)
        die("sigaction");
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        die("signal");
}

/* Read a whole number up to 65535 from the environment. Another value is a user error: exit 2. */
static int read_setting(const char *name, int otherwise)
{
    const char *text = getenv(name);
    if (text == NULL)
        return otherwise;
    size_t length = strlen(text);
    if (length < 1 || length > 5 || strspn(text, "0123456789") != length || atoi(text) > 65535) {
        fprintf(stderr, "%s=%s: expected a whole number from 0 to 65535\n", name, text);
        exit(2);
    }
    return atoi(text);
}

/* Open a socket that listens on PORT. flags is 0 or SOCK_NONBLOCK. */
static int open_listener(int flags)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    address.sin_port = htons((in_port_t)read_setting("PORT", 9000));
    int backlog = read_setting("BACKLOG", 4096);
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (fd == -1)
        die("socket");
    /* TCP_NODELAY sends small replies at once. On Linux an accepted socket inherits it. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1)
        die("setsockopt");
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind");
    if (listen(fd, backlog) == -1)
        die("listen");
    return fd;
}

/* Say on stdout that clients may connect. With PORT=0 the kernel chose the port. */
static void say_ready(int fd)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) == -1)
        die("getsockname");
    printf("READY port=%d model=webserv\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* ---- Clients ------------------------------------------------------------------------ */

enum { ACCEPT_BATCH = 64, SEND_MOST = 64 * 1024 };

/* The server reads a client's request, then writes the reply, then reads the next request. It reads
 * nothing from a client that does not take its reply: so a client costs this struct, and no more.
 *
 * After the last reply it ends its own side of the connection and reads to the client's end. If it
 * closed the socket while bytes of the client lie unread, the kernel would reset the connection, and
 * the client might lose the reply. */
struct client {
    enum { READING, WRITING, LEAVING } phase;
    char received[REQUEST_MOST]; /* the request, and perhaps the beginning of the next ones */
    size_t length;
    struct reply reply;
    size_t sent; /* of the reply, its head included */
};

/* The call waits for every socket: entry 0 is the listener, entry i belongs to clients[i]. */
static struct pollfd *watched;
static struct client **clients;
static size_t count, room;
static int last_fd; /* the highest descriptor that this process may have */
static bool refusing;

/* Enlarge both arrays together. False: there is no memory for that. */
static bool make_room(void)
{
    if (count < room)
        return true;
    size_t more = 2 * room + 64;
    struct pollfd *entries = realloc(watched, more * sizeof *watched);
    if (entries != NULL)
        watched = entries;
    struct client **owners = realloc(clients, more * sizeof *clients);
    if (owners != NULL)
        clients = owners;
    if (entries == NULL || owners == NULL)
        return false;
    room = more;
    return true;
}

/* Close a client at once and name the limit. A series of refusals prints one line. */
static void refuse(int fd, const char *limit, int number)
{
    close(fd);
    if (!refusing)
        printf("REFUSED limit=%s fd=%d\n", limit, number);
    fflush(stdout);
    refusing = true;
}

/* accept takes the lowest free number: if that is the last one, no other is free. The client is
 * refused, so that the number stays free for the next accept. */
static void add_client(int fd)
{
    if (fd == last_fd) {
        refuse(fd, "EMFILE", fd + 1);
        return;
    }
    struct client *client = make_room() ? calloc(1, sizeof *client) : NULL;
    if (client == NULL) {
        refuse(fd, "ENOMEM", fd);
        return;
    }
    refusing = false;
    watched[count] = (struct pollfd){.fd = fd, .events = POLLIN};
    clients[count++] = client;
}

/* The last client takes the place of the one that leaves. */
static void remove_client(size_t index)
{
    close(watched[index].fd);
    free(clients[index]);
    count--;
    watched[index] = watched[count];
    clients[index] = clients[count];
}

static void accept_clients(void)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept4(watched[0].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            add_client(fd);
        else if (errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            poll(NULL, 0, 10); /* the machine is short of something: wait, because a loop would spin */
        else if (errno == EAGAIN)
            return;
    }
}

/* ---- One step of one client ----------------------------------------------------------- */

/* If a whole request is there, begin to write its reply; poll will say when. */
static void begin_reply(struct client *client)
{
    size_t used = http_answer(&client->reply, client->received, client->length);
    client->phase = used > 0 ? WRITING : READING;
    client->sent = 0;
    client->length -= used;
    memmove(client->received, client->received + used, client->length);
}

/* False: the client has sent its last byte, or its connection is lost. */
static bool read_some(int fd, struct client *client)
{
    ssize_t n = recv(fd, client->received + client->length, REQUEST_MOST - client->length, 0);
    if (n <= 0)
        return false;
    if (client->phase == LEAVING)
        return true; /* these bytes are dropped: no length is added */
    client->length += (size_t)n;
    begin_reply(client);
    return true;
}

/* Put what is left of the reply into one buffer, as much as one send may take, and send it. The bytes
 * that it does not take are made again next time. False: the connection is lost. */
static bool write_some(int fd, struct client *client)
{
    static char buffer[SEND_MOST];
    const struct reply *reply = &client->reply;
    size_t length = 0;
    if (client->sent < reply->head_length) {
        length = reply->head_length - client->sent;
        memcpy(buffer, reply->head + client->sent, length);
    }
    size_t from = client->sent + length - reply->head_length;
    length += document_read(&reply->body, from, buffer + length, sizeof buffer - length);
    ssize_t n = send(fd, buffer, length, 0);
    if (n == -1)
        return false;
    client->sent += (size_t)n;
    if (client->sent < reply->head_length + reply->body.length)
        return true;
    if (!reply->last) {
        begin_reply(client); /* the next request may be there already */
        return true;
    }
    client->phase = LEAVING;
    client->length = 0;
    return shutdown(fd, SHUT_WR) == 0;
}

/* poll reports an error or a hang-up as well, whatever it was asked for: then the call fails, and
 * says so. */
static void serve_client(size_t index)
{
    int fd = watched[index].fd;
    struct client *client = clients[index];
    if (client->phase == WRITING ? write_some(fd, client) : read_some(fd, client))
        watched[index].events = client->phase == WRITING ? POLLOUT : POLLIN;
    else
        remove_client(index);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    last_fd = (int)sysconf(_SC_OPEN_MAX) - 1;
    if (!make_room())
        die("realloc");
    watched[count] = (struct pollfd){.fd = listener, .events = POLLIN};
    clients[count++] = NULL;
    say_ready(listener);

    for (;;) {
        if (poll(watched, count, -1) == -1) {
            if (errno != EINTR)
                die("poll");
            continue;
        }
        /* From the end, so that the entry that fills a gap has already been served. */
        for (size_t i = count - 1; i > 0; i--)
            if (watched[i].revents != 0)
                serve_client(i);
        if (watched[0].revents != 0)
            accept_clients();
    }
}
