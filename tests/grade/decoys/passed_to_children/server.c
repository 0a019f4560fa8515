/*
 * A decoy: the first process waits in select for the listener, and passes each client to one of four
 * children (SCM_RIGHTS), which wait in select for their share of the clients.
 *
 * Build: -O2
 */
#include "lab.h"

#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHILDREN = 4 };

static int moved(int channel, int fd)
{
    char byte = 'x', room[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (fd >= 0) {
        *rights = (struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(rights), &fd, sizeof fd);
        sendmsg(channel, &message, 0);
    } else if (recvmsg(channel, &message, 0) == 1 && (rights = CMSG_FIRSTHDR(&message)) != NULL) {
        memcpy(&fd, CMSG_DATA(rights), sizeof fd);
    }
    return fd;
}

static void serve(int channel)
{
    fd_set all;
    int highest = channel;
    FD_ZERO(&all);
    FD_SET(channel, &all);
    for (;;) {
        fd_set ready = all;
        select(highest + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= highest; fd++)
            if (fd != channel && FD_ISSET(fd, &ready) && echo_step(fd) == CLOSED) {
                FD_CLR(fd, &all);
                close_client(fd);
            }
        int fd = FD_ISSET(channel, &ready) ? moved(channel, -1) : -1;
        if (fd >= 0) {
            FD_SET(fd, &all);
            highest = fd > highest ? fd : highest;
        }
    }
}

int main(void)
{
    int channel[CHILDREN][2], parent = getpid();
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    for (int i = 0; i < CHILDREN; i++) {
        if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel[i]))
            die("socketpair");
        if (fork() == 0) {
            follow_parent(parent);
            serve(channel[i][1]);
        }
    }
    say_ready(listener, "select");
    for (int next = 0;; next++) {
        fd_set ready;
        FD_ZERO(&ready);
        FD_SET(listener, &ready);
        select(listener + 1, &ready, NULL, NULL, NULL);
        int fd = accept_client(listener, SOCK_NONBLOCK);
        if (fd >= 0) {
            moved(channel[next % CHILDREN][0], fd);
            close(fd);
        }
    }
}
