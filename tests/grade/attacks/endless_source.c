/* A source that never ends.
 * Expect: fails */
#include "/dev/zero"
