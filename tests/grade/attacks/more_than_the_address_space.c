/* A small program that compiles and that the kernel cannot load: it asks for nearly all addresses there
 * are, and is killed while it is started.
 * Expect: fails */
__asm__(".bss\n.globl everything\neverything: .zero 0x7ffffff00000\n.text\n");
