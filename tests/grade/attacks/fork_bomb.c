/* As many processes as it may have.
 * Expect: either */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void say_ready(int listener, const char *model)
{
    (void)listener;
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    fflush(stdout);
    if (fork() == 0)
        for (;;)
            fork();
}
