/*
 * Twenty-four processes, each with a listening socket of its own on the same port (SO_REUSEPORT), which
 * block in accept and then in recv.
 *
 * Build: -O2
 */
#include "lab.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PROCESSES = 24 };

static int listening(void)
{
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_port = htons((in_port_t)read_setting("PORT", 9000));
    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 512))
        die("bind");
    return fd;
}

int main(void)
{
    int listeners[PROCESSES], parent = getpid();
    obey_signals();
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < PROCESSES; i++)
        listeners[i] = listening();
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            follow_parent(parent);
            for (int other = 0; other < PROCESSES; other++)
                if (other != i)
                    close(listeners[other]);
            for (;;) {
                int fd = accept_client(listeners[i], 0);
                if (fd < 0)
                    continue;
                echo_until_closed(fd);
                close_client(fd);
            }
        }
    say_ready(listeners[0], "prefork");
    for (int i = 0; i < PROCESSES; i++)
        close(listeners[i]);
    for (;;)
        pause();
}
