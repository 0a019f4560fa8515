/*
 * The first process accepts, and passes each client to a free child (SCM_RIGHTS), which was made
 * before. It waits in select for the listener, while a child is free, and for the channels to all
 * children, which report when they are free again.
 *
 * Build: -O2
 */
#include "lab.h"

#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHILDREN = 16 };
static int channel[CHILDREN];

static int moved(int way, int fd)
{
    char byte = 'x', room[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (fd >= 0) {
        *rights = (struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(rights), &fd, sizeof fd);
        sendmsg(way, &message, 0);
    } else if (recvmsg(way, &message, 0) == 1 && (rights = CMSG_FIRSTHDR(&message)) != NULL) {
        memcpy(&fd, CMSG_DATA(rights), sizeof fd);
    }
    return fd;
}

static void make_child(int number, int listener)
{
    int pair[2], parent = getpid(), fd;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        die("socketpair");
    if (fork() == 0) {
        follow_parent(parent);
        close(listener);
        close(pair[0]);
        for (int other = 0; other < number; other++)
            close(channel[other]);
        while ((fd = moved(pair[1], -1)) >= 0) {
            echo_until_closed(fd);
            close_client(fd);
            (void)!write(pair[1], "x", 1);
        }
        _exit(0);
    }
    close(pair[1]);
    channel[number] = pair[0];
}

int main(void)
{
    bool busy[CHILDREN] = {false};
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK);
    for (int i = 0; i < CHILDREN; i++)
        make_child(i, listener);
    say_ready(listener, "prefork");
    for (;;) {
        char byte;
        fd_set ready;
        FD_ZERO(&ready);
        for (int i = 0; i < CHILDREN; i++) {
            FD_SET(channel[i], &ready);
            if (!busy[i])
                FD_SET(listener, &ready);
        }
        if (select(FD_SETSIZE, &ready, NULL, NULL, NULL) <= 0)
            continue;
        for (int i = 0; i < CHILDREN; i++)
            if (FD_ISSET(channel[i], &ready)) {
                if (read(channel[i], &byte, 1) != 1)
                    die("a child");
                busy[i] = false;
            }
        int fd = FD_ISSET(listener, &ready) ? accept_client(listener, 0) : NO_CLIENT;
        for (int i = 0; fd >= 0 && i < CHILDREN; i++)
            if (!busy[i]) {
                busy[i] = true;
                moved(channel[i], fd);
                close_client(fd);
                fd = NO_CLIENT;
            }
    }
}
