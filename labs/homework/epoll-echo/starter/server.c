/*
 * epoll-echo: an echo server that serves one client at a time. Make it serve thousands of clients
 * with one thread, which sleeps nowhere but in epoll_wait. README.md says what is checked.
 *
 * Build: -O2
 */
#define _GNU_SOURCE /* accept4 */
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

/* ---- Yours ------------------------------------------------------------------------ */

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
    int listener = open_listener(0);
    say_ready(listener);

    /* Your work begins here. This loop sleeps in accept4, and then in recv or send until its client
     * has left: every other client waits meanwhile.
     *
     * 1. epoll_create1 makes an empty interest list. epoll_ctl adds the listener, and each client
     *    once, when it is accepted. event.data comes back with the event: put there what leads you
     *    to the client.
     * 2. Each event of epoll_wait is a ready descriptor. The listener: accept. A client: one recv,
     *    one send. No call but epoll_wait may sleep: pass SOCK_NONBLOCK to open_listener and to
     *    accept4.
     * 3. send may take a part of the bytes. Keep the rest for that client, wait for EPOLLOUT
     *    instead of EPOLLIN, and receive nothing from it before the rest is sent. A client that has
     *    no rest must not be watched for EPOLLOUT: its socket nearly always has room, and
     *    epoll_wait would return at once, for ever.
     * 4. At the descriptor limit accept4 fails with EMFILE, and the client stays in the listen
     *    queue: epoll_wait reports the listener again at once. The server must not spin: see
     *    README.md. */
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd == -1)
            continue;
        echo_until_closed(fd);
        close(fd);
    }
}
