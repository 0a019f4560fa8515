/* herd.h: several threads wait for one new connection. */
#ifndef HERD_H
#define HERD_H

/* For each way to share the listener: how many threads a new connection wakes, over many tries. */
void count_woken_threads(long tries);

#endif
