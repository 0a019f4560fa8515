/* The assembler reads files as well, and the program would print this one.
 * Expect: fails
 * Says: @SECRET@ */
__asm__(".section .rodata\n.globl stolen\nstolen: .incbin \"@SECRET@\"\n.byte 0\n.text\n");
extern const char stolen[];
#include <stdio.h>

__attribute__((constructor)) static void attack(void)
{
    fputs(stolen, stderr);
}
