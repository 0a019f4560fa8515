/*
 * A process for each client, forked twice, so that the server need not wait for it.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <sys/wait.h>

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    say_ready(listener, "fork");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        pid_t child = fork();
        if (child == 0) {
            if (fork() == 0) {
                echo_until_closed(fd);
                _exit(0);
            }
            _exit(0);
        }
        waitpid(child, NULL, 0);
        close_client(fd);
    }
}
