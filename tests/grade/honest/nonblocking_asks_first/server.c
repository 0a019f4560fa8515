/*
 * A loop that never sleeps: it asks by ioctl (FIONREAD) how many bytes a client has sent, and reads
 * just so many.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 1100 };
static int clients[MOST], known;

/* How many bytes there are; none may also mean that the client has left. */
static bool served(int fd)
{
    char text[16384];
    int there = 0;
    if (ioctl(fd, FIONREAD, &there) == -1)
        return false;
    if (there == 0)
        return recv(fd, text, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
    ssize_t length = read(fd, text, (size_t)there < sizeof text ? (size_t)there : sizeof text);
    return length <= 0 || send(fd, text, (size_t)length, MSG_NOSIGNAL) == length;
}

int main(void)
{
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), fd;
    say_ready(listener, "nonblocking");
    for (;;) {
        while (known < MOST && (fd = accept_client(listener, SOCK_NONBLOCK)) >= 0)
            clients[known++] = fd;
        for (int i = 0; i < known; i++)
            if (!served(clients[i])) {
                close_client(clients[i]);
                clients[i--] = clients[--known];
            }
    }
}
