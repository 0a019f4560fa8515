/* A first line that never ends.
 * Expect: fails */
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    static char block[1 << 16];
    memset(block, 'R', sizeof block);
    for (int i = 0; i < 2000 && write(1, block, sizeof block) > 0; i++)
        ;
    _exit(0);
}
