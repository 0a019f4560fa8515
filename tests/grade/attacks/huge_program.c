/* A program of a gigabyte from a source of a line.
 * Expect: fails
 * Says: larger than 64 MiB */
char bulk[1 << 30] = {1};
