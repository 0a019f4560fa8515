/*
 * The filter of system calls: instructions of classic BPF that the runner made, as hexadecimal digits.
 * Every process of the box inherits it, and none can take it away: seccomp(2).
 */
#include "shim.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { INSTRUCTIONS = 1024, BYTES = sizeof(struct sock_filter) };

/* Since Linux 4.17. Older kernels would slow down every program with a filter, as a precaution
 * against speculative stores: prctl(2), PR_SET_SPECULATION_CTRL. */
enum { FLAG_SPEC_ALLOW = 4 };

static struct sock_filter instructions[INSTRUCTIONS];

static int value_of(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *place = digit ? strchr(digits, digit) : NULL;
    if (!place)
        die("--deny");
    return (int)(place - digits);
}

void read_filter(struct box *box, const char *digits)
{
    unsigned char *bytes = (unsigned char *)instructions;
    size_t count = strlen(digits) / (2 * BYTES);
    if (!count || count > INSTRUCTIONS || strlen(digits) != count * 2 * BYTES)
        die("--deny");
    for (size_t i = 0; i < count * BYTES; i++)
        bytes[i] = (unsigned char)(value_of(digits[2 * i]) << 4 | value_of(digits[2 * i + 1]));
    box->filter = (struct sock_fprog){.len = (unsigned short)count, .filter = instructions};
}

static int install(const struct box *box, unsigned flags)
{
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &box->filter);
}

void deny_calls(const struct box *box)
{
    if (install(box, FLAG_SPEC_ALLOW) && (errno != EINVAL || install(box, 0)))
        tell(WITHOUT, FILTER, "seccomp");
}
