/*
 * A decoy: epoll reports the clients. Where three are ready at once, the server stays with each for
 * up to 24 more messages: it sleeps in recv for each of these, for up to 2 milliseconds.
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { MANY = 3, MORE = 24 };

static ssize_t echo(int fd, int flags)
{
    char text[16384];
    ssize_t length = recv(fd, text, sizeof text, flags);
    if (length > 0)
        send(fd, text, (size_t)length, MSG_DONTWAIT | MSG_NOSIGNAL);
    return length;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[64];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        int number = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < number; i++) {
            int fd = events[i].data.fd;
            if (fd != listener) {
                ssize_t length = echo(fd, MSG_DONTWAIT);
                for (int more = 0; number >= MANY && length > 0 && more < MORE; more++)
                    length = echo(fd, 0);
                if (length == 0 || (length == -1 && errno != EAGAIN && errno != EINTR))
                    close_client(fd);
                continue;
            }
            while ((fd = accept_client(listener, 0)) >= 0) {
                struct timeval soon = {0, 2000};
                setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
                event.data.fd = fd;
                epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}
