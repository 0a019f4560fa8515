/*
 * select by turns: a client is watched for reading until it has sent, then for writing until its
 * answer is out.
 *
 * Build: -O2
 */
#include "lab.h"

#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 16384 };
static char kept[FD_SETSIZE][ROOM];
static ssize_t length[FD_SETSIZE];

int main(void)
{
    fd_set reading, writing;
    obey_signals();
    int listener = open_listener(SOCK_NONBLOCK), highest = listener;
    FD_ZERO(&reading);
    FD_ZERO(&writing);
    FD_SET(listener, &reading);
    say_ready(listener, "select");
    for (;;) {
        fd_set readable = reading, writable = writing;
        if (select(highest + 1, &readable, &writable, NULL, NULL) <= 0)
            continue;
        for (int fd = 0; fd <= highest; fd++) {
            if (fd == listener)
                continue;
            if (FD_ISSET(fd, &writable)) {
                send(fd, kept[fd], (size_t)length[fd], MSG_NOSIGNAL);
                FD_CLR(fd, &writing);
                FD_SET(fd, &reading);
            } else if (FD_ISSET(fd, &readable)) {
                length[fd] = recv(fd, kept[fd], ROOM, 0);
                FD_CLR(fd, &reading);
                if (length[fd] > 0)
                    FD_SET(fd, &writing);
                else
                    close(fd);
            }
        }
        int fd = FD_ISSET(listener, &readable) ? accept_client(listener, SOCK_NONBLOCK) : NO_CLIENT;
        if (fd >= 0 && fd < FD_SETSIZE) {
            FD_SET(fd, &reading);
            highest = fd > highest ? fd : highest;
        }
    }
}
