/* 1 socket: where connections go to and come from.
 *
 * TCP identifies a connection by four numbers. Towards one server only the local address and
 * port can vary, and Linux offers 28,232 ports. More connections need more addresses, and
 * all of 127/8 is local. A plain bind() would choose the port at once, without knowing the
 * destination, and block it for every other destination. IP_BIND_ADDRESS_NO_PORT leaves the
 * choice to connect(). */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "json.h"
#include "source.h"

#define FIRST_SOURCE 0x7f000002U /* 127.0.0.2 */
#define MOST_SOURCES 250U
/* connect() tries every other port first. When those 14,116 ports are taken it searches all
 * ports each time, and opening takes five times as long. */
#define PER_SOURCE 12000U

void source_resolve(struct source *source, const char *host, uint64_t port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *result;
    int error = getaddrinfo(host, NULL, &hints, &result);
    if (error)
        fail("getaddrinfo %s: %s", host, gai_strerror(error));
    memcpy(&source->target, result->ai_addr, sizeof source->target);
    source->target.sin_port = htons((uint16_t)port);
    freeaddrinfo(result);
}

/* At least so many addresses, and more where so many connections need more ports. */
void source_spread(struct source *source, uint32_t addresses, uint32_t connections)
{
    bool loopback = ntohl(source->target.sin_addr.s_addr) >> 24 == 127;
    uint32_t needed = (connections + PER_SOURCE - 1) / PER_SOURCE;
    if (needed > addresses)
        addresses = needed < MOST_SOURCES ? needed : MOST_SOURCES;
    source->addresses = loopback && addresses > 1 ? addresses : 0;
}

static void set_option(int fd, int level, int name, const void *value, socklen_t length)
{
    if (setsockopt(fd, level, name, value, length) == -1)
        fail("setsockopt %d/%d: %s", level, name, strerror(errno));
}

static void bind_source(int fd, uint32_t source)
{
    const int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(FIRST_SOURCE + source)};
    set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == -1)
        fail("bind 127.0.0.%u: %s", 2 + source, strerror(errno));
}

/* Must precede connect(): the handshake announces the receive window. The kernel rounds the
 * value up to its minimum. */
static void shrink(int fd)
{
    const int least = 1;
    set_option(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
}

/* Start a non-blocking connect from address number `ordinal`, or from the next address that
 * has a free port. Returns the descriptor, or -1 and errno. */
int source_connect(const struct source *source, uint32_t ordinal, bool small)
{
    const int on = 1;
    /* Close by RST: no port is in TIME_WAIT when the next trial begins. */
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    uint32_t tries = source->addresses ? source->addresses : 1;

    for (uint32_t i = 0; i < tries; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd == -1)
            return -1;
        set_option(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!source->fin)
            set_option(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        if (small)
            shrink(fd);
        if (source->addresses)
            bind_source(fd, (ordinal + i) % source->addresses);
        if (source_reconnect(source, fd))
            return fd;
        int error = errno;
        close(fd);
        errno = error;
        if (error != EADDRNOTAVAIL)
            return -1;
    }
    return -1;
}

/* End the connection by RST, whatever is in flight, and keep the socket: connect(2), AF_UNSPEC. */
bool source_disconnect(int fd)
{
    const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    return connect(fd, &nowhere, sizeof nowhere) == 0;
}

/* Connect a socket that is new or was disconnected. The kernel chooses the port. */
bool source_reconnect(const struct source *source, int fd)
{
    return connect(fd, (const struct sockaddr *)&source->target, sizeof source->target) == 0 ||
           errno == EINPROGRESS || errno == EINTR;
}
