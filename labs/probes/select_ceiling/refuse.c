/* refuse.c: a comparison of ours guards FD_SET. */
#define REFUSE
#define WAIT wait_refusing
#include "wait.h"
