/*
 * byte_stream: are reads and writes of a TCP socket the messages that the programs mean?
 *
 * joined  Three messages are sent. How many does one read return?
 * cut     One message of 64 MiB is sent. How much of it does one read return?
 * part    A non-blocking write of 64 MiB to a peer that does not read. How much is taken?
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "finding.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGES = 3, SHORT = 10, LONG = 64 << 20 };

static int client, server;
static char bytes[LONG];

static ssize_t checked(ssize_t result, const char *call)
{
    if (result == -1)
        die(call);
    return result;
}

static void connect_both(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = (int)checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    checked(bind(listener, (struct sockaddr *)&address, size), "bind");
    checked(listen(listener, 1), "listen");
    checked(getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
    client = (int)checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    checked(connect(client, (struct sockaddr *)&address, size), "connect");
    server = (int)checked(accept4(listener, NULL, NULL, SOCK_CLOEXEC), "accept4");
    checked(close(listener), "close");
}

static void close_both(void)
{
    checked(close(client), "close");
    checked(close(server), "close");
}

/* Wait until so many bytes are in the server's receive buffer. */
static void wait_for(int least)
{
    struct pollfd entry = {.fd = server, .events = POLLIN};
    int arrived = 0;
    while (arrived < least) {
        checked(poll(&entry, 1, -1), "poll");
        checked(ioctl(server, FIONREAD, &arrived), "ioctl");
    }
}

static void say_how_many_one_read_returns(void)
{
    connect_both();
    for (int i = 0; i < MESSAGES; i++)
        checked(send(client, bytes, SHORT, 0), "send");
    wait_for(MESSAGES * SHORT);
    ssize_t got = checked(recv(server, bytes, sizeof bytes, 0), "recv");
    begin_finding("byte_stream");
    add_text("case", "joined");
    add_whole("sent_messages", MESSAGES);
    add_real("messages_in_one_read", (double)got / SHORT);
    end_finding();
    close_both();
}

/* The write of the client does not block: what its socket has taken is on its way. */
static void say_what_is_taken_and_returned(void)
{
    connect_both();
    ssize_t taken = checked(send(client, bytes, LONG, MSG_DONTWAIT), "send");
    wait_for(1);
    ssize_t got = checked(recv(server, bytes, sizeof bytes, 0), "recv");
    begin_finding("byte_stream");
    add_text("case", "part");
    add_whole("bytes", LONG);
    add_whole("taken", taken);
    add_text("one_write", taken < LONG ? "takes a part" : "takes all");
    end_finding();
    begin_finding("byte_stream");
    add_text("case", "cut");
    add_whole("bytes", LONG);
    add_whole("returned", got);
    add_text("one_read", got < LONG ? "returns a part" : "returns all");
    end_finding();
    close_both();
}

int main(void)
{
    say_how_many_one_read_returns();
    say_what_is_taken_and_returned();
    return 0;
}
