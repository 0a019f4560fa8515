/* A log without end, of what terminals and CI systems obey.
 * Expect: either */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void say_ready(int listener, const char *model)
{
    static const char lines[] = "\x1b[2J\x1b]0;owned\x07\r\n::error::owned\n::add-mask::echo\n##[error]owned\n";
    (void)listener;
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    fflush(stdout);
    if (fork() == 0)
        for (;;)
            if (write(2, lines, sizeof lines - 1) == -1)
                _exit(0);
}
