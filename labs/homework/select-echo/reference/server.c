/*
 * select-echo, the reference: one thread serves all clients and sleeps nowhere but in select.
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
#include <sys/select.h>
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
    printf("READY port=%d model=select\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* ---- The clients ------------------------------------------------------------------- */

enum { ACCEPT_BATCH = 64, BUFFER = 64 * 1024 };

/* The sockets to wait for. A client is in readers, or in writers while it has pending bytes. */
static fd_set readers, writers;
static int highest; /* no higher descriptor is in the sets */
static int listener;

/* Bytes that were received and not sent back yet. Only a client that does not read has some, and
 * the server receives nothing from it meanwhile: so they never exceed one buffer. */
struct pending {
    size_t from, to;
    char bytes[];
};
static struct pending *pending[FD_SETSIZE]; /* index: descriptor, which select bounds */

static void add_client(int fd)
{
    FD_SET(fd, &readers);
    if (fd > highest)
        highest = fd;
}

static void move(int fd, fd_set *from, fd_set *to)
{
    FD_CLR(fd, from);
    FD_SET(fd, to);
}

/* The listener is always in readers, so the search for the highest ends there at the latest. */
static void close_client(int fd)
{
    FD_CLR(fd, &readers);
    FD_CLR(fd, &writers);
    while (!FD_ISSET(highest, &readers) && !FD_ISSET(highest, &writers))
        highest--;
    free(pending[fd]);
    pending[fd] = NULL;
    close(fd);
}

/* ---- Echo -------------------------------------------------------------------------- */

/* A call that fails in this way may succeed later. After any other error the connection is lost. */
static bool only_later(void)
{
    return errno == EAGAIN || errno == EINTR;
}

/* Keep what could not be sent, and wait for room. False: there is no memory for it. */
static bool keep(int fd, const char *bytes, size_t length)
{
    struct pending *kept = malloc(sizeof *kept + length);
    if (kept == NULL)
        return false;
    *kept = (struct pending){.to = length};
    memcpy(kept->bytes, bytes, length);
    pending[fd] = kept;
    move(fd, &readers, &writers);
    return true;
}

/* One recv and one send, then the next client: a client that sends without end delays no other for
 * long. All clients share the buffer, so an idle client has none. False: the client has sent its
 * last byte, or its connection is lost. At EOF nothing is pending, because it was in readers. */
static bool echo(int fd)
{
    static char buffer[BUFFER];
    ssize_t received = recv(fd, buffer, sizeof buffer, 0);
    if (received <= 0)
        return received == -1 && only_later();
    ssize_t sent = send(fd, buffer, (size_t)received, 0);
    if (sent == -1 && !only_later())
        return false;
    if (sent == -1)
        sent = 0;
    return sent == received || keep(fd, buffer + sent, (size_t)(received - sent));
}

/* There is room for pending bytes. Once all are sent, the server receives again. False: the
 * connection is lost. */
static bool flush(int fd)
{
    struct pending *kept = pending[fd];
    ssize_t sent = send(fd, kept->bytes + kept->from, kept->to - kept->from, 0);
    if (sent == -1)
        return only_later();
    kept->from += (size_t)sent;
    if (kept->from == kept->to) {
        free(kept);
        pending[fd] = NULL;
        move(fd, &writers, &readers);
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

/* At most one batch: the clients that are connected do not wait for a crowd that arrives. Further
 * clients wait for the next round, because the listener stays readable. */
static void accept_clients(void)
{
    for (int i = 0; i < ACCEPT_BATCH; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= FD_SETSIZE) {
            refuse(fd, "FD_SETSIZE", fd);
        } else if (fd >= 0) {
            add_client(fd);
            refused_last = false;
        } else if (errno == EAGAIN || (is_shortage(errno) && !refuse_with_spare(errno))) {
            return;
        }
    }
}

/* ---- The loop ---------------------------------------------------------------------- */

int main(void)
{
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    reserve_spare();
    add_client(listener);
    say_ready(listener);

    for (;;) {
        fd_set readable = readers, writable = writers; /* select overwrites what it is given */
        int ready = select(highest + 1, &readable, &writable, NULL, NULL);
        if (ready == -1 && errno == EINTR)
            continue;
        if (ready == -1)
            die("select");
        /* select returns how many are ready, but not which ones: search until all are served. */
        for (int fd = 0; fd < FD_SETSIZE && ready > 0; fd++) {
            bool to_read = FD_ISSET(fd, &readable), to_write = FD_ISSET(fd, &writable);
            if (!to_read && !to_write)
                continue;
            ready--;
            if (fd == listener)
                accept_clients();
            else if (!(to_read ? echo(fd) : flush(fd)))
                close_client(fd);
        }
    }
}
