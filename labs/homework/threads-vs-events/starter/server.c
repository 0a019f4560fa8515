/*
 * threads-vs-events: an echo server that works, with a thread for each client. Make it serve
 * thousands of clients with a handful of threads. README.md says what is checked.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE /* accept4 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
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
    printf("READY port=%d model=thread\n", ntohs(address.sin_port));
    fflush(stdout);
}

/* ---- A thread for each client ------------------------------------------------------ */

/* recv sleeps until bytes arrive, send until there is room. Where this client stands (what was
 * received, what of it is sent) is in the variables of this function: on the thread's own stack. */
static void *serve_client(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char buffer[16 * 1024];
    for (;;) {
        ssize_t received = recv(fd, buffer, sizeof buffer, 0);
        if (received == -1 && errno == EINTR)
            continue;
        ssize_t sent = 0;
        while (sent < received) {
            ssize_t n = send(fd, buffer + sent, (size_t)(received - sent), 0);
            if (n == -1 && errno != EINTR)
                break;
            sent += n > 0 ? n : 0;
        }
        if (received <= 0 || sent < received) /* EOF, or the connection is lost */
            break;
    }
    close(fd);
    return NULL;
}

/* No thread joins it: a detached thread frees its resources when it ends. False: there is no room
 * for another thread. */
static bool start_thread(int fd)
{
    pthread_attr_t detached;
    if (pthread_attr_init(&detached) != 0)
        return false;
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    int error = pthread_create(&thread, &detached, serve_client, (void *)(intptr_t)fd);
    pthread_attr_destroy(&detached);
    return error == 0;
}

/* ---- Accept and refuse ------------------------------------------------------------- */

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

/* At the descriptor limit accept4 fails, and the client stays in the listen queue. So give the
 * spare descriptor to the client, close it at once, and reserve the spare again. If another client
 * has left meanwhile, there is room for both, and this client is accepted after all. */
static int accept_with_spare(int listener)
{
    close(spare);
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    reserve_spare();
    if (fd == -1 || spare != -1)
        return fd;
    refuse(fd, "EMFILE", sysconf(_SC_OPEN_MAX));
    reserve_spare();
    return -1;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    reserve_spare();
    say_ready(listener);

    /* Your work begins here. The scheduler of the kernel does for this server what you now do
     * yourself: it notices which client has bytes, and goes on with that client where it stopped.
     *
     * 1. Let one thread wait for all clients: select, poll or epoll. (Which of them can hold
     *    thousands?) A few threads with a loop each are allowed as well.
     * 2. No call but that one may sleep: pass SOCK_NONBLOCK to open_listener and to accept4.
     * 3. send may take a part of the bytes. The variables of serve_client knew how many. Where are
     *    they now? Keep the rest for that client, wait until its socket is writable, and receive
     *    nothing from it before the rest is sent.
     * 4. An idle client has no rest, and needs no buffer. */
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd == -1 && (errno == EMFILE || errno == ENFILE))
            fd = accept_with_spare(listener);
        if (fd >= 0 && start_thread(fd))
            refused_last = false;
        else if (fd >= 0)
            refuse(fd, "THREADS", fd);
    }
}
