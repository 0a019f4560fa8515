/* C23's way to take in a file. A compiler that does not know it refuses it.
 * Expect: fails */
#include <stdio.h>

static const char stolen[] = {
#embed "@SECRET@"
    , 0};

__attribute__((constructor)) static void attack(void)
{
    fputs(stolen, stderr);
}
