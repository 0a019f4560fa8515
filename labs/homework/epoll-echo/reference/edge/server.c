/*
 * epoll-echo, the reference for the bonus: as ../server.c, but edge-triggered.
 *
 * Build: -O2
 */
#define _GNU_SOURCE /* accept4 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
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
    printf("READY port=%d model=epoll\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* ---- The clients ------------------------------------------------------------------- */

enum { ACCEPT_BATCH = 64, DRAIN_BATCH = 16, EVENTS = 256, BUFFER = 64 * 1024 };

/* epoll_wait reports a client once for each change: new bytes, or new room. Both stay watched. */
static const uint32_t edges = EPOLLIN | EPOLLOUT | EPOLLET;

/* The kernel keeps the interest list. Each entry leads to its client through event.data.ptr; the
 * entry of the listener has none. */
struct client {
    int fd;
    size_t from, to; /* the part of pending that is not sent yet */
    char *pending;   /* received and not sent back yet: only a client that does not read has some */
};

static int epoll;
static int listener;

/* The same interest again: if the socket is ready now, it goes to the end of the ready list. */
static void look_again(struct client *client)
{
    struct epoll_event event = {.events = edges, .data.ptr = client};
    if (epoll_ctl(epoll, EPOLL_CTL_MOD, client->fd, &event) == -1)
        die("epoll_ctl");
}

/* Closing the only descriptor of a socket also removes it from the interest list. */
static void close_client(struct client *client)
{
    close(client->fd);
    free(client->pending);
    free(client);
}

/* ---- Echo -------------------------------------------------------------------------- */

/* What is left to do for a client: more, as there may be further bytes or room; nothing until the
 * next change is reported; to close it. */
enum step { MORE, LATER, CLOSED };

static enum step after_error(void)
{
    if (errno == EINTR)
        return MORE;
    return errno == EAGAIN ? LATER : CLOSED;
}

/* Keep what could not be sent. The server receives nothing from this client before that is sent, so
 * it keeps at most one buffer. */
static enum step keep(struct client *client, const char *bytes, size_t length)
{
    client->pending = malloc(length);
    if (client->pending == NULL)
        return CLOSED;
    memcpy(client->pending, bytes, length);
    client->from = 0;
    client->to = length;
    return MORE;
}

/* All clients share the buffer. At EOF nothing is pending: pending bytes are sent first. */
static enum step echo(struct client *client)
{
    static char buffer[BUFFER];
    ssize_t received = recv(client->fd, buffer, sizeof buffer, 0);
    if (received == -1)
        return after_error();
    if (received == 0)
        return CLOSED;
    ssize_t sent = send(client->fd, buffer, (size_t)received, 0);
    if (sent == -1 && after_error() == CLOSED)
        return CLOSED;
    sent = sent == -1 ? 0 : sent;
    return sent == received ? MORE : keep(client, buffer + sent, (size_t)(received - sent));
}

static enum step flush(struct client *client)
{
    ssize_t sent = send(client->fd, client->pending + client->from, client->to - client->from, 0);
    if (sent == -1)
        return after_error();
    client->from += (size_t)sent;
    if (client->from == client->to) {
        free(client->pending);
        client->pending = NULL;
    }
    return MORE;
}

/* Go on until EAGAIN: what is left is not reported again. But a client that sends as fast as the
 * server reads would keep the server here for ever, so after DRAIN_BATCH steps the other clients
 * are served first. */
static void serve(struct client *client)
{
    enum step step = MORE;
    for (int i = 0; i < DRAIN_BATCH && step == MORE; i++)
        step = client->pending != NULL ? flush(client) : echo(client);
    if (step == MORE)
        look_again(client);
    else if (step == CLOSED)
        close_client(client);
}

/* ---- Accept and refuse --------------------------------------------------------------- */

static int spare;         /* a reserved descriptor, for use when there is no other */
static bool refused_last; /* a series of refusals makes one line */

static void reserve_spare(void)
{
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void refuse(int fd, const char *limit, long number)
{
    close(fd);
    if (!refused_last) {
        printf("REFUSED limit=%s fd=%ld\n", limit, number);
        fflush(stdout);
    }
    refused_last = true;
}

/* accept4 has failed because this process or the whole machine has no descriptor or memory left. */
static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* At the descriptor limit accept4 fails, and the client stays in the listen queue: the listener
 * stays readable, and a loop that only tried again would spin. So give the spare descriptor to the
 * client, close it at once, and reserve the spare again. False: no client waits. */
static bool refuse_with_spare(int error)
{
    close(spare);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    bool waits = fd >= 0 || errno != EAGAIN;
    if (fd >= 0 && error == EMFILE)
        refuse(fd, "EMFILE", sysconf(_SC_OPEN_MAX));
    else if (fd >= 0)
        refuse(fd, "ENFILE", fd);
    else if (is_shortage(errno))
        usleep(10 * 1000); /* of the whole machine: a loop would spin */
    reserve_spare();
    return waits;
}

static void add_client(int fd)
{
    struct client *client = calloc(1, sizeof *client);
    struct epoll_event event = {.events = edges, .data.ptr = client};
    if (client == NULL) {
        refuse(fd, "ENOMEM", fd);
    } else if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == -1) {
        refuse(fd, errno == ENOSPC ? "max_user_watches" : "ENOMEM", fd);
        free(client);
    } else {
        client->fd = fd;
        refused_last = false;
    }
}

/* At most one batch: the clients that are connected do not wait for a crowd that arrives. Further
 * clients wait for the next round, because the listener stays readable. */
static void accept_clients(void)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            add_client(fd);
        else if (errno == EAGAIN || (is_shortage(errno) && !refuse_with_spare(errno)))
            return;
    }
}

/* ---- The loop ---------------------------------------------------------------------- */

int main(void)
{
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    reserve_spare();
    if ((epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
        die("epoll_create1");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}; /* level-triggered */
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) == -1)
        die("epoll_ctl");
    say_ready(listener);

    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        if (ready == -1 && errno == EINTR)
            continue;
        if (ready == -1)
            die("epoll_wait");
        /* Each event is a ready socket, and no socket has two: idle clients are not searched. */
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (client == NULL)
                accept_clients();
            else
                serve(client);
        }
    }
}
