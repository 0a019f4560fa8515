/* All of a shell that the Docker engine asks a box for: `sh -c "ulimit -Hn"`. */
#include <stdio.h>
#include <sys/resource.h>

int main(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return 1;
    return printf("%llu\n", (unsigned long long)limit.rlim_max) < 0;
}
