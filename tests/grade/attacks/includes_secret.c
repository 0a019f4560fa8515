/* The same for a file that is the grader's.
 * Expect: fails
 * Says: No such file or directory */
#include "@SECRET@"
