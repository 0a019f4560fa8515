/* As many threads as it may have, none of which sleeps.
 * Expect: either */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void *spin(void *nothing)
{
    for (;;)
        ;
    return nothing;
}

void say_ready(int listener, const char *model)
{
    pthread_t thread;
    (void)listener;
    printf("READY port=%s model=%s\n", getenv("PORT"), model);
    fflush(stdout);
    for (int i = 0; i < 100000 && pthread_create(&thread, NULL, spin, NULL) == 0; i++)
        ;
}
