/* An excuse that would cost no points, made true as far as the server can.
 * Expect: fails */
#include <stdio.h>

int main(void)
{
    puts("MISSING what=io_uring remedy=\"a newer kernel\"");
    fflush(stdout);
    return 77;
}
