/* lab.c: everything that does not change with the I/O model. See lab.h. */
#define _GNU_SOURCE
#include "lab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A server may define its own function under one of these names, because the symbols are weak. */
_Pragma("weak die") _Pragma("weak read_setting") _Pragma("weak say_ready") _Pragma("weak echo_step")
_Pragma("weak obey_signals") _Pragma("weak accept_client") _Pragma("weak close_client")
_Pragma("weak open_listener") _Pragma("weak refuse_client") _Pragma("weak echo_until_closed")
_Pragma("weak follow_parent") _Pragma("weak grow")

/* Report on stderr which system call failed and why, and exit with status 1. */
_Noreturn void die(const char *call)
{
    fprintf(stderr, "%s: %s\n", call, strerror(errno));
    exit(1);
}

/* ---- Start and end ------------------------------------------------------------- */

/* A signal handler may call _exit, which is async-signal-safe. It may not call exit. */
static void leave(int number)
{
    (void)number;
    _exit(0);
}

/* The first process of a container is PID 1 of its namespace. The kernel applies no default
 * action of a signal to PID 1, so SIGTERM needs a handler. SIGPIPE is ignored: send to a client
 * that has left then fails with EPIPE. */
void obey_signals(void)
{
    struct sigaction action = {.sa_handler = leave};
    if (sigaction(SIGTERM, &action, NULL) == -1 || sigaction(SIGINT, &action, NULL) == -1)
        die("sigaction");
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        die("signal");
}

/* Called in a child process: the kernel kills it when its parent dies. If the parent died before
 * this prctl, the child already has another parent, and exits. */
void follow_parent(int parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
        die("prctl");
    if (getppid() != parent)
        _exit(0);
}

/* A reserved descriptor, for use when there is no other: see accept_with_spare. */
static int spare = -1;

/* Open the spare descriptor. On failure spare is -1 and errno is set. */
static void open_spare(void)
{
    spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* Read a whole number up to 65535 from the environment. Another value is a user error: exit 2. */
int read_setting(const char *name, int otherwise)
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

/* Open a socket that listens on PORT. flags is 0, or SOCK_NONBLOCK for the models that are
 * notified of new clients. A client may leave between the notification and accept. A blocking
 * accept would then sleep until another client comes, and all connected clients would wait. */
int open_listener(int flags)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    address.sin_port = htons((in_port_t)read_setting("PORT", 9000));
    int backlog = read_setting("BACKLOG", 4096);
    int on = 1;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (listener == -1)
        die("socket");
    /* Allow an immediate restart, even while connections of the previous run are in TIME_WAIT.
     * Send small replies at once (without the Nagle algorithm). On Linux an accepted socket
     * inherits this option from its listener, which saves one call for each client. */
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == -1 ||
        setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == -1)
        die("setsockopt");
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == -1)
        die("bind");
    if (listen(listener, backlog) == -1)
        die("listen");
    open_spare();
    if (spare == -1)
        die("open");
    return listener;
}

/* With PORT=0 the kernel chose the port, so ask for its number. dprintf is unbuffered: the line
 * is written before the next statement runs. */
void say_ready(int listener, const char *model)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    if (getsockname(listener, (struct sockaddr *)&address, &length) == -1)
        die("getsockname");
    if (dprintf(STDOUT_FILENO, "READY port=%d model=%s\n", ntohs(address.sin_port), model) < 0)
        die("dprintf");
}

/* ---- Accept and refuse clients --------------------------------------------------- */

/* Every client that arrives gets a number, whether it is refused or not. */
static long arrivals, last_refused = -1;

/* accept4 has failed because this process or the whole machine has no descriptor or memory left. */
static bool is_shortage(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* The kernel looks for a free descriptor before it looks at the listen queue. At the descriptor
 * limit accept therefore fails even if no client waits. A client that waits stays in the
 * listen queue, the listener stays readable, and a loop that only tries again would spin. So close
 * the spare descriptor, accept a client with it, close that client, and open the spare again. */
static int accept_with_spare(int listener, int flags)
{
    if (spare != -1 && close(spare) == -1)
        die("close");
    int fd = accept4(listener, NULL, NULL, flags | SOCK_CLOEXEC);
    int accept_error = errno;
    open_spare();
    int open_error = errno;
    if (fd == -1 && is_shortage(accept_error)) /* of the whole machine: wait */
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL); /* a loop would spin */
    if (fd == -1)
        return accept_error == EAGAIN ? NO_CLIENT : REFUSED;
    arrivals++;
    if (spare != -1)
        return fd; /* a client has left since: there is room for both */
    bool own = open_error == EMFILE; /* the limit of this process, not of the machine */
    refuse_client(fd, own ? "EMFILE" : "ENFILE", own ? sysconf(_SC_OPEN_MAX) : fd);
    open_spare(); /* if it fails, the next refusal tries again */
    return REFUSED;
}

/* Accept the next client: its descriptor, NO_CLIENT or REFUSED. flags is 0 or SOCK_NONBLOCK. */
int accept_client(int listener, int flags)
{
    int fd = accept4(listener, NULL, NULL, flags | SOCK_CLOEXEC);
    if (fd >= 0) {
        arrivals++;
        return fd;
    }
    if (errno == EAGAIN)
        return NO_CLIENT;
    if (is_shortage(errno))
        return accept_with_spare(listener, flags);
    if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK)
        die("accept4"); /* an error in this program */
    return REFUSED; /* EINTR, or an error of this connection: accept(2), "Error handling" */
}

/* Close the client at once and print the limit. If the previous client was refused as well,
 * print nothing: a series of refusals makes one line. */
void refuse_client(int fd, const char *limit, long number)
{
    close_client(fd);
    if (last_refused + 1 != arrivals)
        /* Not checked: if no process reads this line, the server still serves its other clients. */
        (void)dprintf(STDOUT_FILENO, "REFUSED limit=%s fd=%ld\n", limit, number);
    last_refused = arrivals;
}

/* ---- Echo, for the models with readiness notification -------------------------------- */

/* Bytes from a client that could not be sent back yet. Only a client that does not read has
 * pending bytes, and the server does not receive from a client that has some. So they never
 * exceed one buffer, and TCP flow control stops the client from sending more. */
struct pending {
    size_t from, to;
    char bytes[];
};

static struct pending **pending; /* index: descriptor; grows up to the highest stuck one */
static size_t pending_size;

/* Enlarge an array until it has an entry with this index. False: there is no memory for it.
 * pointer is the address of the pointer to the array. */
bool grow(void *pointer, size_t *room, size_t index, size_t size)
{
    void *array;
    memcpy(&array, pointer, sizeof array);
    if (index >= *room) {
        if ((array = realloc(array, (2 * index + 64) * size)) == NULL)
            return false;
        *room = 2 * index + 64;
    }
    memcpy(pointer, &array, sizeof array);
    return true;
}

/* Keep the bytes that could not be sent. Without memory for them the client is closed. */
static enum step keep_pending(int fd, const char *bytes, size_t length)
{
    size_t before = pending_size;
    if (!grow(&pending, &pending_size, (size_t)fd, sizeof *pending))
        return CLOSED;
    memset(pending + before, 0, (pending_size - before) * sizeof *pending);
    struct pending *kept = malloc(sizeof *kept + length);
    if (kept == NULL)
        return CLOSED;
    *kept = (struct pending){.to = length};
    memcpy(kept->bytes, bytes, length);
    pending[fd] = kept;
    return STUCK;
}

static enum step flush_pending(int fd)
{
    struct pending *kept = pending[fd];
    ssize_t sent = send(fd, kept->bytes + kept->from, kept->to - kept->from, 0);
    if (sent == -1)
        return errno == EAGAIN || errno == EINTR ? WOULD_BLOCK : CLOSED;
    kept->from += (size_t)sent;
    if (kept->from < kept->to)
        return WOULD_BLOCK;
    free(kept);
    pending[fd] = NULL;
    return FLUSHED;
}

/* Do one step for one ready descriptor: one recv and one send. All clients share the buffer, so
 * an idle client uses none. A client has no pending bytes at EOF, because the server receives
 * only after it has sent the pending bytes. So EOF needs no code that flushes them. */
enum step echo_step(int fd)
{
    static char buffer[64 * 1024];
    if ((size_t)fd < pending_size && pending[fd] != NULL)
        return flush_pending(fd);
    ssize_t received = recv(fd, buffer, sizeof buffer, 0);
    if (received == -1)
        return errno == EAGAIN || errno == EINTR ? WOULD_BLOCK : CLOSED;
    if (received == 0)
        return CLOSED;
    ssize_t sent = send(fd, buffer, (size_t)received, 0);
    if (sent == received)
        return ECHOED;
    if (sent == -1 && errno != EAGAIN && errno != EINTR)
        return CLOSED;
    size_t done = sent == -1 ? 0 : (size_t)sent;
    return keep_pending(fd, buffer + done, (size_t)received - done);
}

/* Close a client and drop its pending bytes. */
void close_client(int fd)
{
    if ((size_t)fd < pending_size) {
        free(pending[fd]);
        pending[fd] = NULL;
    }
    if (close(fd) == -1 && errno == EBADF)
        die("close");
}

/* ---- Echo, for the models that block in the call ------------------------------------- */

/* Serve one client until it leaves. recv sleeps until bytes arrive, send until there is room. */
void echo_until_closed(int fd)
{
    char buffer[16 * 1024]; /* on the stack: each thread has its own */
    for (;;) {
        ssize_t received = recv(fd, buffer, sizeof buffer, 0);
        if (received == -1 && errno == EINTR)
            continue;
        if (received <= 0)
            return; /* EOF, or the connection is lost */
        for (ssize_t sent = 0; sent < received;) {
            ssize_t n = send(fd, buffer + sent, (size_t)(received - sent), 0);
            if (n >= 0)
                sent += n;
            else if (errno != EINTR)
                return;
        }
    }
}
