/* fortify.c: the check of glibc guards FD_SET and aborts. It needs -O1 or more. */
#undef _FORTIFY_SOURCE
#define _FORTIFY_SOURCE 2
#define WAIT wait_fortified
#include "wait.h"
