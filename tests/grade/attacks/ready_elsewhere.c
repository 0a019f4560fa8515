/* READY names a port of the machine: the load generator is to talk to what listens there.
 * Expect: fails */
#include <stdio.h>

void say_ready(int listener, const char *model)
{
    (void)listener;
    printf("READY port=@PORT@ model=%s\n", model);
    fflush(stdout);
}
