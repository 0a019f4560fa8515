/*
 * webserv: a web server that serves one client at a time, gives every client the same page, and then
 * closes. Make it a server of HTTP/1.1 that waits for all clients in one call. README.md says what
 * is checked.
 *
 * Build: -O2
 */
#define _GNU_SOURCE /* accept4 */
#include "documents.h"

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
    printf("READY port=%d model=webserv\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* ---- Yours ------------------------------------------------------------------------ */

/* Read until the blank line that ends the head of a request. False: the client has left. */
static bool read_request(int fd)
{
    char head[8 * 1024 + 1];
    size_t length = 0;
    while (length < sizeof head - 1) {
        ssize_t n = recv(fd, head + length, sizeof head - 1 - length, 0);
        if (n <= 0)
            return false;
        length += (size_t)n;
        head[length] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL)
            return true;
    }
    return false;
}

static void send_page(int fd)
{
    char reply[4 * 1024];
    struct document page;
    document_find(&page, "/");
    int head = snprintf(reply, sizeof reply,
                        "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n"
                        "Connection: close\r\n\r\n",
                        page.type, page.length);
    size_t length = (size_t)head;
    length += document_read(&page, 0, reply + head, sizeof reply - length);
    send(fd, reply, length, 0);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener);

    /* Your work begins here. This loop sleeps in accept4, in recv and in send: every other client
     * waits meanwhile, and a client that sends nothing stops the server.
     *
     * 1. One array of struct pollfd (or two sets, or one epoll descriptor) for the listener and all
     *    clients. poll is the only call that sleeps, and it waits for reading and writing at once.
     * 2. A client is either reading its request or writing its reply. Ask poll for POLLIN or for
     *    POLLOUT accordingly. When poll reports it: one recv or one send, and then the next client.
     * 3. A request may come in pieces, and several may come in one piece. Keep what belongs to the
     *    next request, and answer it after this one.
     * 4. A send may take a part. Remember how far you are; document_read continues from there.
     * 5. When recv or send fails or recv returns 0, the client is gone: close it and forget it. */
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd == -1)
            continue;
        if (read_request(fd))
            send_page(fd);
        close(fd);
    }
}
