/*
 * io-uring-echo, the reference: one thread, which sleeps nowhere but in io_uring_enter. The kernel
 * accepts, receives and sends; the thread writes requests and takes results.
 *
 * Build: -O2
 * Needs: io_uring
 */
#include "buffers.h"
#include "ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
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

/* Open a socket that listens on PORT. It is blocking: the kernel waits in an accept of the ring only
 * on such a socket. */
static int open_listener(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    address.sin_port = htons((in_port_t)read_setting("PORT", 9000));
    int backlog = read_setting("BACKLOG", 4096);
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
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
    printf("READY port=%d model=io_uring\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* ---- Requests ---------------------------------------------------------------------- */

/* A client has one request in the kernel at any time, its recv or its send. So no two sends overtake
 * each other, a client that does not read holds one buffer, and a client whose request is complete
 * can be freed. */
struct client {
    struct buffer *buffer; /* what is being sent; NULL while the kernel receives */
    int fd;
};

/* What user_data says: a client's address and, in the low bits that are 0 in an address, the
 * operation. */
enum operation { ACCEPT, PAUSE, RECEIVE, SEND, OPERATION = 3 };

static int listener;
static int last_fd; /* the highest descriptor that this process may have */

static struct io_uring_sqe *request_for(struct client *client, enum operation operation)
{
    struct io_uring_sqe *request = ring_request();
    request->user_data = (uintptr_t)client | operation;
    return request;
}

/* Whether a descriptor was given back since the accept was requested. */
static bool room;

/* One request, which yields a result for each client that arrives, until a result without F_MORE. */
static void start_accept(void)
{
    room = false;
    struct io_uring_sqe *request = request_for(NULL, ACCEPT);
    request->opcode = IORING_OP_ACCEPT;
    request->ioprio = IORING_ACCEPT_MULTISHOT;
    request->fd = listener;
    request->accept_flags = SOCK_CLOEXEC;
}

/* accept has failed for lack of something, and would fail again at once: let some time pass. */
static void start_pause(void)
{
    static struct __kernel_timespec length = {.tv_nsec = 50 * 1000 * 1000};
    struct io_uring_sqe *request = request_for(NULL, PAUSE);
    request->opcode = IORING_OP_TIMEOUT;
    request->addr = (uintptr_t)&length;
    request->len = 1;
}

/* The request names no buffer: the kernel takes one of the ring of buffers when bytes arrive. So an
 * idle client has none. */
static void start_receive(struct client *client)
{
    struct io_uring_sqe *request = request_for(client, RECEIVE);
    request->opcode = IORING_OP_RECV;
    request->fd = client->fd;
    request->len = BUFFER_SIZE;
    request->flags = IOSQE_BUFFER_SELECT;
    request->buf_group = BUFFERS_OF_ALL;
}

static void start_send(struct client *client)
{
    struct io_uring_sqe *request = request_for(client, SEND);
    request->opcode = IORING_OP_SEND;
    request->fd = client->fd;
    request->addr = (uintptr_t)(client->buffer->bytes + client->buffer->from);
    request->len = client->buffer->to - client->buffer->from;
}

/* ---- Clients ------------------------------------------------------------------------ */

/* Close a client at once and name the limit. A series of refusals prints one line. */
static bool refusing;

static void refuse(int fd, const char *limit, int number)
{
    close(fd);
    room = true;
    if (!refusing)
        printf("REFUSED limit=%s fd=%d\n", limit, number);
    fflush(stdout);
    refusing = true;
}

/* accept takes the lowest free number. If that is the last one, no other is free: this client is
 * refused, and its descriptor stays free. So the next accept does not fail with EMFILE, which says
 * nothing about whether clients wait. */
static void add_client(int fd)
{
    if (fd == last_fd) {
        refuse(fd, "EMFILE", fd + 1);
        return;
    }
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        refuse(fd, "ENOMEM", fd);
        return;
    }
    refusing = false;
    client->fd = fd;
    start_receive(client);
}

/* The kernel holds no request of this client. */
static void remove_client(struct client *client)
{
    free(client->buffer);
    close(client->fd);
    free(client);
}

/* ---- Results ------------------------------------------------------------------------- */

/* Of a burst of clients the kernel accepts the next one before this thread has refused the last one:
 * that is EMFILE, and by now there is room. */
static void handle_accept(const struct io_uring_cqe *result)
{
    if (result->res >= 0)
        add_client(result->res);
    if (result->flags & IORING_CQE_F_MORE)
        return;
    bool again = result->res == -ECONNABORTED || result->res == -EINTR;
    if (result->res >= 0 || again || (result->res == -EMFILE && room))
        start_accept();
    else
        start_pause();
}

/* ENOBUFS: more messages arrived at once than the ring had buffers; by now it has new ones. */
static void handle_receive(struct client *client, const struct io_uring_cqe *result)
{
    if (result->flags & IORING_CQE_F_BUFFER)
        client->buffer = take_buffer(result);
    if (client->buffer != NULL)
        start_send(client);
    else if (result->res == -ENOBUFS || result->res == -EINTR)
        start_receive(client);
    else
        remove_client(client); /* its last byte is sent, its connection lost, or memory short */
}

/* A send may be partial: the next one takes the rest. */
static void handle_send(struct client *client, int length)
{
    if (length < 0 && length != -EINTR) {
        remove_client(client);
        return;
    }
    client->buffer->from += length > 0 ? (unsigned)length : 0;
    if (client->buffer->from < client->buffer->to) {
        start_send(client);
        return;
    }
    free(client->buffer);
    client->buffer = NULL;
    start_receive(client);
}

int main(void)
{
    obey_signals();
    listener = open_listener();
    last_fd = (int)sysconf(_SC_OPEN_MAX) - 1;
    ring_open();
    open_buffers();
    start_accept();
    say_ready(listener);

    for (;;) {
        struct io_uring_cqe result;
        ring_wait();
        while (ring_result(&result)) {
            struct client *client = (struct client *)(uintptr_t)(result.user_data & ~(uint64_t)OPERATION);
            switch ((enum operation)(result.user_data & OPERATION)) {
            case ACCEPT:
                handle_accept(&result);
                break;
            case PAUSE:
                start_accept();
                break;
            case RECEIVE:
                handle_receive(client, &result);
                break;
            case SEND:
                handle_send(client, result.res);
                break;
            }
        }
    }
}
