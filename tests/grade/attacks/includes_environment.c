/* The compiler's environment and standard input are files as well.
 * Expect: fails */
#include </proc/self/environ>
#include "/proc/1/environ"
#include "/proc/self/cmdline"
#include "/dev/stdin"
#include "/dev/fd/3"
