/*
 * A decoy: the sockets have O_NONBLOCK, and epoll is edge-triggered. For each read the flag is taken
 * off, and recv waits for all bytes that are announced (MSG_WAITALL).
 *
 * Build: -O2
 */
#include "lab.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static void serve(int fd)
{
    char text[65536];
    int length = 0;
    ioctl(fd, FIONREAD, &length);
    fcntl(fd, F_SETFL, O_RDWR);
    size_t room = length > 0 && (size_t)length < sizeof text ? (size_t)length : 1;
    ssize_t received = recv(fd, text, room, MSG_WAITALL);
    if (received <= 0) {
        close_client(fd);
        return;
    }
    send(fd, text, (size_t)received, MSG_NOSIGNAL);
    fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK);
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll_et");
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        int fd = event.data.fd;
        if (fd != listener) {
            serve(fd);
        } else if ((fd = accept_client(listener, SOCK_NONBLOCK)) >= 0) {
            event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
