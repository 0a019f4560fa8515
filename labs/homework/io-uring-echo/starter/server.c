/*
 * io-uring-echo: an echo server that accepts through the ring, and then serves one client with recv
 * and send. Make it receive and send through the ring as well, for all clients. README.md says what
 * is checked.
 *
 * Build: -O2
 * Needs: io_uring
 */
#include "ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
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

/* ---- Yours ------------------------------------------------------------------------ */

static void start_accept(int listener)
{
    struct io_uring_sqe *request = ring_request();
    request->opcode = IORING_OP_ACCEPT;
    request->fd = listener;
    request->accept_flags = SOCK_CLOEXEC;
}

/* Serve one client until it leaves. recv sleeps until bytes arrive, send until there is room. */
static void echo_until_closed(int fd)
{
    char buffer[16 * 1024];
    for (;;) {
        ssize_t received = recv(fd, buffer, sizeof buffer, 0);
        if (received == -1 && errno == EINTR)
            continue;
        if (received <= 0)
            return; /* the client has sent its last byte, or the connection is lost */
        for (ssize_t sent = 0; sent < received;) {
            ssize_t n = send(fd, buffer + sent, (size_t)(received - sent), 0);
            if (n >= 0)
                sent += n;
            else if (errno != EINTR)
                return;
        }
    }
}

int main(void)
{
    obey_signals();
    int listener = open_listener();
    ring_open();
    start_accept(listener);
    say_ready(listener);

    /* Your work begins here. Every result is now a client that was accepted, and recv and send sleep:
     * all other clients wait meanwhile.
     *
     * 1. A result says nothing but a number (res) and what you wrote in user_data. So user_data must
     *    say which client it is of, and which operation: an address has zeros in its low bits.
     * 2. A client is in one of two states: the kernel holds its recv, or its send. When the recv is
     *    complete the bytes are already in the client's buffer. Request the send; when that is
     *    complete, the next recv. There is no wait for readiness anywhere.
     * 3. A send may take a part of the bytes. Request the rest.
     * 4. While the kernel holds a request, the memory that it names belongs to the kernel: no free,
     *    no second use. When no request is left and the client has ended, close and free it.
     * 5. accept fails at once with -EMFILE when no descriptor is left, whether a client waits or not.
     *    To request it again and again would spin. See README.md. */
    for (;;) {
        struct io_uring_cqe result;
        ring_wait();
        while (ring_result(&result)) {
            if (result.res >= 0) {
                echo_until_closed(result.res);
                close(result.res);
            }
            start_accept(listener);
        }
    }
}
