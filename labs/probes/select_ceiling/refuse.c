/* refuse.c: a comparison in the program guards FD_SET. */
#define REFUSE
#define WAIT wait_refusing
#include "wait.h"
