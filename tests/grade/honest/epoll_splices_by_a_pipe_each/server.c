/*
 * epoll, and a pipe for each client through which its bytes go back by splice.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 4096 };
static int pipes[MOST][2];

static bool pumped(int fd)
{
    ssize_t length = splice(fd, NULL, pipes[fd][1], NULL, 1 << 16, SPLICE_F_NONBLOCK);
    while (length > 0) {
        ssize_t sent = splice(pipes[fd][0], NULL, fd, NULL, (size_t)length, 0);
        if (sent <= 0)
            return false;
        length -= sent;
    }
    return length < 0;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd, step;
        if (fd == listener) {
            fd = accept_client(listener, 0);
            if (fd < 0 || fd >= MOST || pipe(pipes[fd]))
                continue;
            event = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            continue;
        }
        char byte;
        step = (int)recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (step != 0) {
            (void)pumped(fd);
            continue;
        }
        close(pipes[fd][0]);
        close(pipes[fd][1]);
        close_client(fd);
    }
}
