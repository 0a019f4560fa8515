/*
 * epoll, and replies by MSG_ZEROCOPY: each client has a buffer, and the kernel says in the error queue
 * of its socket, which epoll reports as EPOLLERR, when the buffer may be used again.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { MOST = 1100 };
static char text[MOST][8192];
static bool sending[MOST];

static void wait_for(int epoll, int how, int fd, unsigned events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    epoll_ctl(epoll, how, fd, &event);
}

static bool is_free_again(int fd)
{
    char control[256];
    struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
    bool done = false;
    while (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0) {
        message.msg_controllen = sizeof control;
        done = true;
    }
    return done;
}

/* Whether the client is still there. */
static bool served(int epoll, int fd)
{
    ssize_t length = recv(fd, text[fd], sizeof text[fd], MSG_DONTWAIT);
    if (length <= 0)
        return length < 0 && errno == EAGAIN;
    if (send(fd, text[fd], (size_t)length, MSG_ZEROCOPY | MSG_NOSIGNAL) < length)
        return false;
    sending[fd] = true;
    wait_for(epoll, EPOLL_CTL_MOD, fd, 0);
    return true;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0), client, yes = 1;
    struct epoll_event ready[64];
    wait_for(epoll, EPOLL_CTL_ADD, listener, EPOLLIN);
    say_ready(listener, "epoll");
    for (;;) {
        int number = epoll_wait(epoll, ready, 64, -1);
        for (int i = 0; i < number; i++) {
            int fd = ready[i].data.fd;
            if (fd == listener) {
                client = accept_client(listener, SOCK_NONBLOCK);
                if (client >= 0 && client < MOST) {
                    setsockopt(client, SOL_SOCKET, SO_ZEROCOPY, &yes, sizeof yes);
                    wait_for(epoll, EPOLL_CTL_ADD, client, EPOLLIN);
                }
                continue;
            }
            if (ready[i].events & EPOLLERR && is_free_again(fd) && sending[fd]) {
                sending[fd] = false;
                wait_for(epoll, EPOLL_CTL_MOD, fd, EPOLLIN);
            } else if (sending[fd] ? ready[i].events & EPOLLHUP : !served(epoll, fd)) {
                sending[fd] = false;
                close_client(fd);
            }
        }
    }
}
