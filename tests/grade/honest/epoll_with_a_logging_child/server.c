/*
 * epoll; a child process, as with multilog, reads the log from a pipe, collects lines and writes them out
 * once a second, which it waits for in poll.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static void keeps_log(int pipe_end, int parent)
{
    static char lines[1 << 16];
    follow_parent(parent);
    for (;;) {
        struct pollfd want = {pipe_end, POLLIN, 0};
        if (poll(&want, 1, 1000) == 1 && read(pipe_end, lines, sizeof lines) == 0)
            _exit(0);
    }
}

int main(void)
{
    int log[2];
    obey_signals();
    int parent = getpid();
    if (pipe2(log, O_CLOEXEC) == -1)
        die("pipe2");
    if (fork() == 0) {
        close(log[1]);
        keeps_log(log[0], parent);
    }
    close(log[0]);
    fcntl(log[1], F_SETFL, O_NONBLOCK);
    int listener = open_listener(SOCK_NONBLOCK), set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[64], want = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(set, EPOLL_CTL_ADD, listener, &want);
    say_ready(listener, "epoll");
    for (;;) {
        int count = epoll_wait(set, events, 64, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            enum step step = CLOSED;
            if (fd == listener) {
                if ((fd = accept_client(listener, SOCK_NONBLOCK)) < 0)
                    continue;
                want = (struct epoll_event){.events = EPOLLIN, .data.fd = fd};
                epoll_ctl(set, EPOLL_CTL_ADD, fd, &want);
            } else if ((step = echo_step(fd)) == CLOSED) {
                close_client(fd);
            } else if (step == STUCK || step == FLUSHED) {
                want = (struct epoll_event){
                    .events = step == STUCK ? EPOLLOUT : EPOLLIN, .data.fd = fd};
                epoll_ctl(set, EPOLL_CTL_MOD, fd, &want);
            }
            dprintf(log[1], "client %d: %d\n", fd, (int)step);
        }
    }
}
