/* The compiler reads a file of the machine and quotes it in its errors.
 * Expect: fails
 * Says: No such file or directory */
#include "/etc/shadow"
