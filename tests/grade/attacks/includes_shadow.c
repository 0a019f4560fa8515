/* The compiler reads a file of the machine and quotes it in its errors. An image has one of its own,
 * which is closed.
 * Expect: fails
 * Says: error: /etc/shadow:  */
#include "/etc/shadow"
