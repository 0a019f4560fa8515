/*
 * Fifty processes wait in accept on one listening socket; each serves one client until it
 * leaves.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int listener)
{
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        echo_until_closed(fd);
        close_client(fd);
    }
}

int main(void)
{
    obey_signals();
    int listener = open_listener(0);
    for (int i = 0; i < 50; i++)
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve(listener);
        }
    say_ready(listener, "prefork");
    for (;;)
        pause();
}
