/*
 * A decoy: before each wait the server looks whether a tracer is attached (TracerPid). Then it
 * waits in epoll_wait, and otherwise it spins over all clients.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static int clients[MOST], count, epoll, listener;

static int is_traced(void)
{
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    const char *found = strstr(text, "TracerPid:");
    return found != NULL && atoi(found + strlen("TracerPid:")) != 0;
}

static void add(void)
{
    for (int fd; count < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0;) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        clients[count++] = fd;
    }
}

int main(void)
{
    struct epoll_event event;
    obey_signals();
    listener = open_listener(SOCK_NONBLOCK);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    event = (struct epoll_event){.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        if (is_traced())
            epoll_wait(epoll, &event, 1, -1);
        add();
        for (int i = count; i-- > 0;)
            if (echo_step(clients[i]) == CLOSED) {
                close_client(clients[i]);
                clients[i] = clients[--count];
            }
    }
}
