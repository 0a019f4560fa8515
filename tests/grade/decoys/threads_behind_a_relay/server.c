/*
 * A decoy: it says that each client has a thread that waits in recv for it. Each has one, which waits in recv
 * for its end of a pair of sockets; one thread waits in epoll for all clients and fills and empties the
 * pairs.
 *
 * Build: -O2 -pthread
 */
#include "lab.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 4096 };
static int other_of[MOST];

static void *echoes(void *argument)
{
    echo_until_closed((int)(intptr_t)argument);
    return NULL;
}

static void begin(int set, int client)
{
    int pair[2];
    pthread_t thread;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        die("socketpair");
    if (pthread_create(&thread, NULL, echoes, (void *)(intptr_t)pair[1]))
        die("pthread_create");
    pthread_detach(thread);
    other_of[client] = pair[0];
    other_of[pair[0]] = client;
    for (int i = 0, fd = client; i < 2; i++, fd = pair[0]) {
        struct epoll_event want = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(set, EPOLL_CTL_ADD, fd, &want);
    }
}

int main(void)
{
    char text[16384];
    struct epoll_event events[64];
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event want = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(set, EPOLL_CTL_ADD, listener, &want);
    say_ready(listener, "thread");
    for (;;) {
        int count = epoll_wait(set, events, 64, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                int client = accept_client(listener, 0);
                if (client >= 0 && client < MOST)
                    begin(set, client);
                continue;
            }
            int other = other_of[fd];
            ssize_t length = other ? recv(fd, text, sizeof text, MSG_DONTWAIT) : -1;
            if (length > 0) {
                send(other, text, (size_t)length, MSG_NOSIGNAL);
            } else if (length == 0) {
                other_of[fd] = other_of[other] = 0;
                close(fd);
                close(other);
            }
        }
    }
}
