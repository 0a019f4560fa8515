/*
 * A decoy: the parent waits in epoll and reads nothing. It passes each client by SCM_RIGHTS to
 * a child of its own, which blocks in recv.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void pass(int to, int fd)
{
    char byte = 'x', control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    sendmsg(to, &message, 0);
}

static int take(int from)
{
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
                             .msg_controllen = sizeof control};
    int fd = -1;
    if (recvmsg(from, &message, 0) == 1)
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

int main(void)
{
    obey_signals();
    signal(SIGCHLD, SIG_IGN);
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll");
    for (;;) {
        int pair[2], fd;
        if (epoll_wait(epoll, &event, 1, -1) != 1)
            continue;
        if ((fd = accept_client(listener, 0)) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
            continue;
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(fd);
            echo_until_closed(take(pair[1]));
            _exit(0);
        }
        pass(pair[0], fd);
        close(pair[0]);
        close(pair[1]);
        close_client(fd);
    }
}
