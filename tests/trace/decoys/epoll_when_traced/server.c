/*
 * A decoy: the server uses epoll if it detects a tracer, and otherwise a thread for each
 * client.
 *
 * Build: -O2 -pthread
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int traced(void)
{
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    text[length > 0 ? length : 0] = 0;
    char *found = strstr(text, "TracerPid:");
    return (found && atoi(found + 10) != 0) || ptrace(PTRACE_TRACEME, 0, 0, 0) == -1;
}

static void *serve(void *client)
{
    echo_until_closed((int)(intptr_t)client);
    close_client((int)(intptr_t)client);
    return NULL;
}

static void by_threads(int listener)
{
    for (;;) {
        pthread_t thread;
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd);
        pthread_detach(thread);
    }
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    if (!traced())
        by_threads(listener);
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd == listener) {
            fd = accept_client(listener, SOCK_NONBLOCK);
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        } else if (echo_step(fd) == CLOSED) {
            close_client(fd);
        }
    }
}
