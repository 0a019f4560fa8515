/* The kernel ends it at the box's limit, and nothing else.
 * Expect: fails */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void say_ready(int listener, const char *model)
{
    (void)listener;
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    fflush(stdout);
    for (;;) {
        char *block = malloc(16 << 20);
        if (block == NULL)
            abort();
        memset(block, 1, 16 << 20);
    }
}
