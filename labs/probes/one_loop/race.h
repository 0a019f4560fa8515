/* race.h: four ways to wait for a descriptor and a signal at the same time. */
#ifndef RACE_H
#define RACE_H

/* For each way: a signal at the worst moment, and signals at random moments. Reports how many of
 * them the wait did not notice. */
void count_lost_signals(long tries);

#endif
