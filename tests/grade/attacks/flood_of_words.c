/* The same on stdout, where lines mean something.
 * Expect: either */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void say_ready(int listener, const char *model)
{
    static const char lines[] = "REFUSED limit=EMFILE fd=3\n\x1b[31m::error::owned\n";
    (void)listener;
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    fflush(stdout);
    if (fork() == 0)
        for (;;)
            if (write(1, lines, sizeof lines - 1) == -1)
                _exit(0);
}
