/* Build: -O2 -fplugin=/tmp/evil.so -wrapper /bin/sh,-c
 *
 * A compiler that is told to run something.
 * Expect: fails
 * Says: is not among the allowed flags */
int main(void)
{
    return 0;
}
