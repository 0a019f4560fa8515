/*
 * Edge-triggered epoll with sockets that block: every read and write has MSG_DONTWAIT.
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static void serve(int fd)
{
    static char text[65536];
    for (;;) {
        ssize_t length = recv(fd, text, sizeof text, MSG_DONTWAIT);
        if (length == -1 && (errno == EAGAIN || errno == EINTR))
            return;
        if (length <= 0) {
            close_client(fd);
            return;
        }
        for (ssize_t sent = 0; sent < length;) {
            ssize_t n = send(fd, text + sent, (size_t)(length - sent), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n == -1 && errno != EINTR && errno != EAGAIN) {
                close_client(fd);
                return;
            }
            sent += n > 0 ? n : 0;
        }
    }
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
        } else if ((fd = accept_client(listener, 0)) >= 0) {
            event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = fd};
            epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
        }
    }
}
