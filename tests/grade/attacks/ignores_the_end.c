/* No signal that can be ignored ends it, nor its children.
 * Expect: passes */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void say_ready(int listener, const char *model)
{
    (void)listener;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_IGN);
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    fflush(stdout);
    if (fork() == 0)
        for (;;)
            pause();
}
