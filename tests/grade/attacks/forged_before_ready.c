/* A result in the place of READY.
 * Expect: fails
 * Says: READY */
#include <stdio.h>

__attribute__((constructor)) static void attack(void)
{
    puts("PASS points=1000 of=20");
    fflush(stdout);
}
