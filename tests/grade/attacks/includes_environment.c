/* The compiler's environment and standard input are files as well.
 * The compiler takes a file of /proc for an empty one, and its standard input is empty: where each
 * can be opened, it compiles.
 * Expect: either */
#include </proc/self/environ>
#include "/proc/1/environ"
#include "/proc/self/cmdline"
#include "/dev/stdin"
#include "/dev/fd/3"
