/*
 * The echo server that libevent makes quickest: an event for each client, recv and send in its
 * callback. A peer of labs/epoll in `make bench`, which sends short messages and reads the answers:
 * who does not is cut off here.
 *
 * Build: -O2 -levent_core
 */
#include "lab.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <stdlib.h>
#include <sys/socket.h>

static void echo(evutil_socket_t fd, short what, void *argument)
{
    struct event **own = argument;
    char bytes[64 * 1024];
    (void)what;

    ssize_t length = recv(fd, bytes, sizeof bytes, 0);
    if (length == -1 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length > 0 && send(fd, bytes, (size_t)length, MSG_NOSIGNAL) == length)
        return;
    event_free(*own);
    free(own);
    evutil_closesocket(fd);
}

static void welcome(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                    int length, void *loop)
{
    (void)listener, (void)address, (void)length;
    struct event **own = malloc(sizeof *own);
    if (own == NULL || (*own = event_new(loop, fd, EV_READ | EV_PERSIST, echo, own)) == NULL ||
        event_add(*own, NULL) == -1)
        die("event_new");
}

int main(void)
{
    obey_signals();
    struct event_base *loop = event_base_new();
    int fd = open_listener(SOCK_NONBLOCK);
    if (loop == NULL || evconnlistener_new(loop, welcome, loop, 0, 0, fd) == NULL)
        die("evconnlistener_new");
    say_ready(fd, "libevent");
    event_base_dispatch(loop);
    die("event_base_dispatch");
}
