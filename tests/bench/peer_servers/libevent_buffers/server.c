/*
 * The echo server as libevent's own book writes it, with bufferevents: what has come is moved from
 * the buffer of what was read to that of what is written, and libevent does the rest. A peer of
 * labs/epoll in `make bench`.
 *
 * Build: -O2 -levent_core
 */
#include "lab.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/socket.h>

static void echo(struct bufferevent *client, void *argument)
{
    (void)argument;
    if (evbuffer_add_buffer(bufferevent_get_output(client), bufferevent_get_input(client)) == -1)
        bufferevent_free(client);
}

static void leave(struct bufferevent *client, short what, void *argument)
{
    (void)argument;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
        bufferevent_free(client);
}

static void welcome(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
                    int length, void *loop)
{
    (void)listener, (void)address, (void)length;
    struct bufferevent *client = bufferevent_socket_new(loop, fd, BEV_OPT_CLOSE_ON_FREE);
    if (client == NULL)
        die("bufferevent_socket_new");
    bufferevent_setcb(client, echo, NULL, leave, NULL);
    if (bufferevent_enable(client, EV_READ | EV_WRITE) == -1)
        die("bufferevent_enable");
}

int main(void)
{
    obey_signals();
    struct event_base *loop = event_base_new();
    int fd = open_listener(SOCK_NONBLOCK);
    if (loop == NULL || evconnlistener_new(loop, welcome, loop, 0, 0, fd) == NULL)
        die("evconnlistener_new");
    say_ready(fd, "libevent_buffers");
    event_base_dispatch(loop);
    die("event_base_dispatch");
}
