/*
 * A decoy: each client is edge-triggered in the epoll, and so is a duplicate of its descriptor, but
 * level-triggered. The server reads a few bytes each time the duplicate is reported.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 4096 };
static int twin[MOST];

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), epoll = epoll_create1(0), client;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, ready[64];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    say_ready(listener, "epoll_et");
    for (;;) {
        int number = epoll_wait(epoll, ready, 64, -1);
        for (int i = 0; i < number; i++) {
            int fd = ready[i].data.fd;
            char text[16];
            if (fd == listener) {
                if ((client = accept_client(listener, SOCK_NONBLOCK)) < 0 || client >= MOST)
                    continue;
                event.events = EPOLLIN | EPOLLET;
                event.data.fd = -1;
                epoll_ctl(epoll, EPOLL_CTL_ADD, client, &event);
                twin[client] = dup(client);
                event.events = EPOLLIN;
                event.data.fd = client;
                epoll_ctl(epoll, EPOLL_CTL_ADD, twin[client], &event);
            } else if (fd >= 0) {
                ssize_t length = recv(fd, text, sizeof text, 0);
                if (length > 0)
                    send(fd, text, (size_t)length, MSG_NOSIGNAL);
                if (length == 0) {
                    close(twin[fd]);
                    close_client(fd);
                }
            }
        }
    }
}
