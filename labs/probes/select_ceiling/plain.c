/* plain.c: no check guards FD_SET, whatever the compiler's default is. */
#undef _FORTIFY_SOURCE
#define _FORTIFY_SOURCE 0
#define WAIT wait_unguarded
#include "wait.h"
