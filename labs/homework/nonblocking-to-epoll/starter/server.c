/*
 * nonblocking-to-epoll: an echo server that works, and uses a whole CPU even while no client says
 * anything. Mend it: the thread must sleep in epoll_wait. README.md says what is checked.
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
    printf("READY port=%d model=nonblocking\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* ---- The clients ------------------------------------------------------------------- */

enum { ACCEPT_BATCH = 64, BUFFER = 64 * 1024 };

struct client {
    int fd;
    size_t from, to; /* the part of pending that is not sent yet */
    char *pending;   /* received and not sent back yet: only a client that does not read has some */
};

/* All clients. The array is dense: the last client takes the place of one that leaves. */
static struct client **clients;
static size_t count, room;
static int listener;

static void close_client(size_t slot)
{
    struct client *client = clients[slot];
    clients[slot] = clients[--count];
    close(client->fd);
    free(client->pending);
    free(client);
}

/* ---- Echo -------------------------------------------------------------------------- */

/* A call that fails in this way may succeed later. After any other error the connection is lost. */
static bool only_later(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* Keep what could not be sent. The server receives nothing from this client before that is sent, so
 * it keeps at most one buffer. False: there is no memory for it. */
static bool keep(struct client *client, const char *bytes, size_t length)
{
    client->pending = malloc(length);
    if (client->pending == NULL)
        return false;
    memcpy(client->pending, bytes, length);
    client->from = 0;
    client->to = length;
    return true;
}

/* One recv and one send, then the next client: a client that sends without end delays no other for
 * long. All clients share the buffer, so an idle client has none. False: the client has sent its
 * last byte, or its connection is lost. At EOF nothing is pending: pending bytes are sent first. */
static bool echo(struct client *client)
{
    static char buffer[BUFFER];
    ssize_t received = recv(client->fd, buffer, sizeof buffer, 0);
    if (received <= 0)
        return received == -1 && only_later();
    ssize_t sent = send(client->fd, buffer, (size_t)received, 0);
    if (sent == -1 && !only_later())
        return false;
    if (sent == -1)
        sent = 0;
    return sent == received || keep(client, buffer + sent, (size_t)(received - sent));
}

/* Send pending bytes, as far as there is room. False: the connection is lost. */
static bool flush(struct client *client)
{
    ssize_t sent = send(client->fd, client->pending + client->from, client->to - client->from, 0);
    if (sent == -1)
        return only_later();
    client->from += (size_t)sent;
    if (client->from == client->to) {
        free(client->pending);
        client->pending = NULL;
    }
    return true;
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

/* At the descriptor limit accept4 fails, and the client stays in the listen queue. So give the
 * spare descriptor to the client, close it at once, and reserve the spare again. False: no client
 * waits. */
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
        usleep(10 * 1000); /* of the whole machine: trying again at once is in vain */
    reserve_spare();
    return waits;
}

static void add_client(int fd)
{
    size_t more = count < room ? room : 2 * room + 64;
    struct client **array = more == room ? clients : realloc(clients, more * sizeof *array);
    struct client *client = calloc(1, sizeof *client);
    if (array != NULL) {
        clients = array;
        room = more;
    }
    if (array == NULL || client == NULL) {
        free(client);
        refuse(fd, "ENOMEM", fd);
        return;
    }
    client->fd = fd;
    clients[count++] = client;
    refused_last = false;
}

/* At most one batch: the clients that are connected do not wait for a crowd that arrives. Further
 * clients wait for the next round. */
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
    say_ready(listener);

    /* Your work begins here. No call of this loop ever sleeps: it tries to accept, and it tries
     * each client, again and again. Nearly all of these calls return EAGAIN.
     *
     * 1. Give the kernel the list: epoll_create1, then epoll_ctl(EPOLL_CTL_ADD) for the listener
     *    and for each client. epoll_wait sleeps until a socket of the list is ready.
     * 2. event.data comes back with each event. If it leads to the client, the array of clients
     *    is not needed any more.
     * 3. A client with pending bytes waits for something else than the other clients. For what,
     *    and which functions must say so to the kernel? If they do not, the loop spins as before
     *    as soon as one client does not read, or that client never gets its bytes.
     * 4. All the rest of the server can stay as it is. */
    for (;;) {
        accept_clients();
        /* From the end: the client that fills a gap has been tried already. */
        for (size_t slot = count; slot-- > 0;) {
            struct client *client = clients[slot];
            if (!(client->pending != NULL ? flush(client) : echo(client)))
                close_client(slot);
        }
    }
}
