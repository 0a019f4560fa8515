/*
 * A decoy: it says that each client has a process. Each gets one, which sends its client to the first child
 * (SCM_RIGHTS) and then sleeps in recv on the client's descriptor with MSG_PEEK, as if it served; the first
 * child waits in poll for all of them.
 *
 * Build: -O2
 */
#include "lab.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1024 };
static int channel[2];

static void give(int fd)
{
    char byte = 'x', room[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    *rights = (struct cmsghdr){CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS};
    memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    sendmsg(channel[0], &message, 0);
}

static int taken(void)
{
    int fd = -1;
    char byte, room[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    if (recvmsg(channel[1], &message, 0) == 1 && CMSG_FIRSTHDR(&message) != NULL)
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

static void serves_all(int parent)
{
    struct pollfd watched[MOST] = {{channel[1], POLLIN, 0}};
    nfds_t count = 1;
    follow_parent(parent);
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;)
            if (watched[slot].revents && echo_step(watched[slot].fd) == CLOSED) {
                shutdown(watched[slot].fd, SHUT_RDWR);
                close_client(watched[slot].fd);
                watched[slot] = watched[--count];
            }
        int fd = watched[0].revents ? taken() : -1;
        if (fd >= 0 && count < MOST)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}

int main(void)
{
    int parent = getpid();
    obey_signals();
    int listener = open_listener(0);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, channel))
        die("socketpair");
    if (fork() == 0)
        serves_all(parent);
    say_ready(listener, "fork");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd >= 0 && fork() == 0) {
            char byte;
            follow_parent(parent);
            close(listener);
            give(fd);
            recv(fd, &byte, 1, MSG_PEEK | MSG_WAITALL);
            pause();
        }
        if (fd >= 0)
            close(fd);
    }
}
