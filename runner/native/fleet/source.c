/* Where connections go to and come from.
 *
 * TCP tells connections apart by four numbers. Towards one server only our
 * address and port can vary, and Linux hands out 28,232 ports: beyond that more
 * addresses are needed, and all of 127/8 is ours. A plain bind() would pick the
 * port at once, without knowing the destination, and take it from every other
 * one: IP_BIND_ADDRESS_NO_PORT leaves that to connect(). */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fleet.h"

#define FIRST_SOURCE 0x7f000002U /* 127.0.0.2 */
#define MOST_SOURCES 250U
/* connect() tries half of the ports first, every other one; once those 14,116 are
 * taken it walks over all of them each time, and opening gets five times slower. */
#define PER_SOURCE 12000U

void target_resolve(struct fleet *fleet)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    int error = getaddrinfo(fleet->options.host, NULL, &hints, &found);
    if (error)
        fail("getaddrinfo %s: %s", fleet->options.host, gai_strerror(error));
    memcpy(&fleet->target, found->ai_addr, sizeof fleet->target);
    fleet->target.sin_port = htons((uint16_t)fleet->options.port);
    freeaddrinfo(found);

    bool loopback = ntohl(fleet->target.sin_addr.s_addr) >> 24 == 127;
    uint32_t needed = (fleet->total + PER_SOURCE - 1) / PER_SOURCE;
    uint32_t sources = (uint32_t)fleet->options.sources;
    if (needed > sources)
        sources = needed < MOST_SOURCES ? needed : MOST_SOURCES;
    fleet->sources = loopback && sources > 1 ? sources : 0; /* 0: the kernel chooses the address */
}

static int set_option(int fd, int level, int name, const void *value, socklen_t length)
{
    if (setsockopt(fd, level, name, value, length) == -1)
        fail("setsockopt %d/%d: %s", level, name, strerror(errno));
    return 0;
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

/* Before connect(): the handshake tells the peer how much it may ever have on the way.
 * The kernel makes the least it can of it. */
static void shrink(int fd)
{
    const int least = 1;
    set_option(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
}

/* A non-blocking connect under way, from the source whose turn it is, or from
 * the next that has a port left. Returns the descriptor, or -1 and errno. */
int source_connect(struct fleet *fleet, uint32_t ordinal, bool small)
{
    const int on = 1;
    /* Close by RST: no TIME_WAIT holds the port when the next trial begins. */
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};
    uint32_t tries = fleet->sources ? fleet->sources : 1;

    for (uint32_t i = 0; i < tries; i++) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd == -1)
            return -1;
        set_option(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (!fleet->options.fin)
            set_option(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        if (small)
            shrink(fd);
        if (fleet->sources)
            bind_source(fd, (ordinal + i) % fleet->sources);
        if (connect(fd, (struct sockaddr *)&fleet->target, sizeof fleet->target) == 0 ||
            errno == EINPROGRESS || errno == EINTR)
            return fd;
        int error = errno;
        close(fd);
        errno = error;
        if (error != EADDRNOTAVAIL)
            return -1;
    }
    return -1;
}

/* End the connection by RST, whatever was on its way, and keep the socket: connect(2), AF_UNSPEC. */
bool source_disconnect(int fd)
{
    const struct sockaddr nowhere = {.sa_family = AF_UNSPEC};
    return connect(fd, &nowhere, sizeof nowhere) == 0;
}

/* The next connection on such a socket, from the same address; the kernel picks the port anew. */
bool source_reconnect(const struct fleet *fleet, int fd)
{
    return connect(fd, (const struct sockaddr *)&fleet->target, sizeof fleet->target) == 0 ||
           errno == EINPROGRESS || errno == EINTR;
}
