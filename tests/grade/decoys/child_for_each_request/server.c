/*
 * A decoy: epoll waits, and for each event a new process receives, replies and ends. While all clients
 * are silent there is one process.
 *
 * Build: -O2
 */
#include "lab.h"

#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static bool gone_after_child(int fd)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        char text[16384];
        ssize_t length = recv(fd, text, sizeof text, MSG_DONTWAIT);
        if (length > 0)
            send(fd, text, (size_t)length, MSG_NOSIGNAL);
        _exit(length == 0);
    }
    waitpid(child, &status, 0);
    return WEXITSTATUS(status) == 1;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0), client;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[64];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        int number = epoll_wait(epoll, ready, 64, -1);
        for (int i = 0; i < number; i++) {
            int fd = ready[i].data.fd;
            if (fd != listener) {
                if (gone_after_child(fd))
                    close_client(fd);
            } else if ((client = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
                event.data.fd = client;
                epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
            }
        }
    }
}
