/*
 * select watches one descriptor of each client, and recvmsg reads from a duplicate of it, as where
 * one stream object reads and another writes.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int twin[FD_SETSIZE];

static bool left(int fd)
{
    static char text[16384];
    struct iovec part = {text, sizeof text};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t length = recvmsg(twin[fd], &message, MSG_DONTWAIT);
    return length <= 0 || send(fd, text, (size_t)length, MSG_NOSIGNAL) != length;
}

int main(void)
{
    fd_set all;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        if (select(highest + 1, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++)
            if (fd != listener && FD_ISSET(fd, &ready) && left(fd)) {
                FD_CLR(fd, &all);
                close(twin[fd]);
                close_client(fd);
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, 0) : NO_CLIENT;
        if (fd < 0 || fd >= FD_SETSIZE)
            continue;
        twin[fd] = dup(fd);
        FD_SET(fd, &all);
        highest = fd > highest ? fd : highest;
    }
}
