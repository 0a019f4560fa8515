/*
 * A decoy: the first process waits in select and only passes bytes on, by a pair of sockets for
 * each client, to a child that waits for all of them in poll and echoes.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <poll.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static int other[FD_SETSIZE];
static struct pollfd watched[FD_SETSIZE];

static int take(int from)
{
    char room[CMSG_SPACE(sizeof(int))] = {0}, byte;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room,
                             .msg_controllen = sizeof room};
    int fd = -1;
    if (recvmsg(from, &message, 0) == 1 && CMSG_FIRSTHDR(&message))
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

static void give(int to, int fd)
{
    char room[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = room,
                             .msg_controllen = sizeof room};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    sendmsg(to, &message, 0);
}

static void echo_behind(int news)
{
    nfds_t count = 1;
    watched[0] = (struct pollfd){news, POLLIN, 0};
    for (;;) {
        poll(watched, count, -1);
        for (nfds_t slot = count; slot-- > 1;) {
            char text[16384];
            if (!watched[slot].revents)
                continue;
            ssize_t length = recv(watched[slot].fd, text, sizeof text, 0);
            if (length > 0) {
                send(watched[slot].fd, text, (size_t)length, MSG_NOSIGNAL);
                continue;
            }
            close(watched[slot].fd);
            watched[slot] = watched[--count];
        }
        int fd = watched[0].revents ? take(news) : -1;
        if (fd >= 0)
            watched[count++] = (struct pollfd){fd, POLLIN, 0};
    }
}

int main(void)
{
    fd_set all;
    int news[2];
    obey_signals();
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, news))
        die("socketpair");
    pid_t parent = getpid();
    if (fork() == 0) {
        follow_parent(parent);
        echo_behind(news[1]);
    }
    int listener = open_listener(0), highest = listener;
    FD_ZERO(&all);
    FD_SET(listener, &all);
    say_ready(listener, "select");
    for (;;) {
        fd_set ready = all;
        char text[16384];
        select(highest + 1, &ready, NULL, NULL, NULL);
        for (int fd = 0; fd <= highest; fd++) {
            if (fd == listener || !FD_ISSET(fd, &ready) || !FD_ISSET(fd, &all))
                continue;
            ssize_t length = recv(fd, text, sizeof text, 0);
            if (length > 0) {
                send(other[fd], text, (size_t)length, MSG_NOSIGNAL);
                continue;
            }
            FD_CLR(fd, &all);
            FD_CLR(other[fd], &all);
            close(other[fd]);
            close(fd);
        }
        int pair[2], client = FD_ISSET(listener, &ready) ? accept(listener, NULL, NULL) : -1;
        if (client < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
            continue;
        give(news[0], pair[1]);
        close(pair[1]);
        other[client] = pair[0];
        other[pair[0]] = client;
        FD_SET(client, &all);
        FD_SET(pair[0], &all);
        highest = pair[0] > highest ? pair[0] : client > highest ? client : highest;
    }
}
