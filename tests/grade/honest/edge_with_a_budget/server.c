/*
 * Edge-triggered epoll that reads a kilobyte at most from a client at a time, so that no client can
 * keep the others waiting. Clients that are not empty yet stay in a list of the server's own; while it
 * has any, epoll_wait does not wait.
 *
 * Build: -O2
 */
#include "lab.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { MOST = 4096, BUDGET = 1024 };
static int listed[MOST], number;
static bool is_listed[MOST];

static void list(int fd)
{
    if (!is_listed[fd])
        listed[number++] = fd;
    is_listed[fd] = true;
}

/* Whether the client may have sent more. */
static bool has_more(int fd)
{
    char text[BUDGET];
    ssize_t length = recv(fd, text, sizeof text, 0);
    if (length > 0)
        return send(fd, text, (size_t)length, MSG_NOSIGNAL) == length;
    if (length == 0 || errno != EAGAIN)
        close_client(fd);
    return false;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0), client;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[64];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll_et");
    for (;;) {
        int came = epoll_wait(epoll, ready, 64, number ? 0 : -1);
        for (int i = 0; i < came; i++)
            if (ready[i].data.fd != listener)
                list(ready[i].data.fd);
            else if ((client = accept_client(listener, SOCK_NONBLOCK)) >= 0 && client < MOST) {
                event = (struct epoll_event){.events = EPOLLIN | EPOLLET, .data.fd = client};
                epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
            }
        for (int i = 0, round = number; i < round; i++) {
            int fd = listed[0];
            for (int next = 1; next < number; next++)
                listed[next - 1] = listed[next];
            number--;
            is_listed[fd] = false;
            if (has_more(fd))
                list(fd);
        }
    }
}
