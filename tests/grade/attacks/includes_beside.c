/* The reference is beside the submission when it is graded.
 * Expect: fails
 * Says: No such file or directory */
#define main stolen
#include "../reference/server.c"
