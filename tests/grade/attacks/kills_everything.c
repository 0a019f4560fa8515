/* Signals to all that it can name: its parents, its group, every process, each number.
 * Expect: passes */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void say_ready(int listener, const char *model)
{
    (void)listener;
    signal(SIGHUP, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    fflush(stdout);
    kill(-1, SIGKILL);
    kill(getppid(), SIGKILL);
    kill(getppid(), SIGSTOP);
    for (pid_t pid = 1; pid < 40000; pid++)
        if (pid != getpid()) {
            kill(pid, SIGKILL);
            kill(-pid, SIGHUP);
        }
}
