/*
 * The first process accepts, and passes each client to a free child (SCM_RIGHTS), as in UNP 30.9.
 * The children were made before; each blocks in recv for its client, and reports when it is free.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHILDREN = 24 };
static int channel[CHILDREN][2];

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

static void serve(int way)
{
    for (;;) {
        int fd = moved(way, -1);
        if (fd < 0)
            _exit(0);
        echo_until_closed(fd);
        close_client(fd);
        (void)!write(way, "x", 1);
    }
}

int main(void)
{
    bool busy[CHILDREN] = {false};
    int parent = getpid(), listener;
    obey_signals();
    listener = open_listener(0);
    for (int i = 0; i < CHILDREN; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel[i]))
            die("socketpair");
        if (fork() == 0) {
            follow_parent(parent);
            serve(channel[i][1]);
        }
    }
    say_ready(listener, "prefork");
    for (;;) {
        int fd = accept_client(listener, 0), free_one = -1;
        while (fd >= 0 && free_one < 0) {
            char byte;
            for (int i = 0; i < CHILDREN; i++) {
                if (busy[i] && recv(channel[i][0], &byte, 1, MSG_DONTWAIT) == 1)
                    busy[i] = false;
                free_one = busy[i] ? free_one : i;
            }
            if (free_one < 0)
                poll(NULL, 0, 5);
        }
        if (fd < 0)
            continue;
        busy[free_one] = true;
        moved(channel[free_one][0], fd);
        close_client(fd);
    }
}
