/*
 * A blocking server with a timer, as a profiler sets it: its signal interrupts the read.
 *
 * Build: -O2
 */
#define _GNU_SOURCE
#include "lab.h"

#include <signal.h>
#include <sys/time.h>

static void tick(int number)
{
    (void)number;
}

int main(void)
{
    struct itimerval each = {.it_interval = {.tv_usec = 2000}, .it_value = {.tv_usec = 2000}};
    struct sigaction action = {.sa_handler = tick, .sa_flags = SA_RESTART};
    obey_signals();
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &each, NULL);
    int listener = open_listener(0);
    say_ready(listener, "blocking");
    for (;;) {
        int fd = accept_client(listener, 0);
        if (fd < 0)
            continue;
        echo_until_closed(fd);
        close_client(fd);
    }
}
