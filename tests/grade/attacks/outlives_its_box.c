/* A daemon by the book: two forks, a session of its own, no descriptor, no signal, another name.
 * Expect: passes */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

void say_ready(int listener, const char *model)
{
    (void)listener;
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    fflush(stdout);
    if (fork() != 0)
        return;
    setsid();
    if (fork() != 0)
        _exit(0);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN);
    for (int fd = 0; fd < 1024; fd++)
        close(fd);
    prctl(PR_SET_PDEATHSIG, 0);
    prctl(PR_SET_NAME, "kworker/0:1");
    for (;;)
        pause();
}
