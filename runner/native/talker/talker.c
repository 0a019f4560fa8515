/*
 * The talker: a few clients that execute commands from stdin, one a line, and print the time of each.
 *
 *   talker --connect 127.0.0.1:9000
 *   talker --connect 127.0.0.1:9000 --relay      (carries clients from elsewhere: relay.c)
 *   talker --echo 9000                           (a null server: echo.c)
 *
 * A conversation of short texts, for a trace:
 *
 *   open A 1000      opened A port=40000 at=NS     (ms; NS: just before the call)
 *                    pending A at=NS               (the server's queue is full: no connection yet)
 *   watch 100 1000   watching now=100 of=100 at=NS (ms; opens silent connections w0 to w99)
 *   wait 80          waited at=NS                  (ms; no pipe delays it)
 *   send A TEXT      sent A at=NS                  (NS: just before the call)
 *   say A 0d0a       sent A at=NS                  (the same, in hexadecimal digits)
 *   hear A 12 3000   heard A at=NS text=TEXT       (bytes, ms)
 *                    silence A at=NS text=PART, or gone A at=NS
 *   take A 3000      took A at=NS hex=0d0a         (ms; the next bytes of a reply, 96 at most)
 *                    silence A at=NS, or gone A at=NS
 *   inode A          inode A is=7001100            (of the server's socket; 0: not accepted yet)
 *   close A          closed A at=NS
 *
 * Flows of random bytes, every one of which is checked as it comes back:
 *
 *   draw 42                  drawn                 (the seed of all bytes, sizes and orders)
 *   open A 1000 small        as above; the server's sends to a small client soon fill its buffer
 *   plan w0-w9 5000 -1 64 0  planned               (bytes to give; how many shall be back then, -1:
 *                                                  all; the most bytes of a call, 0: any; 1: half-
 *                                                  close, and wait for the server's end of file)
 *   flow 3000 20000          flowed done=10 of=10 gone=0 client=w0 what=well ...
 *                                                  (ms without a byte; ms in all)
 *   hush 30                  hushed ...            (ms in which no further byte may come)
 *   admit 20 3000 20000      admitted done=20 ...  (ms each, ms in all; opens clients, and has each
 *                                                  served before the next one comes)
 *   rally w0-w9 8 3000 9000  rallied rounds=8 from=NS spans=0-900,950-1800,... at=NS
 *                                                  (at most 12 rounds of short messages; ms without a byte,
 *                                                  ms of all rounds together;
 *                                                  begin and end of each, in µs after NS)
 *   leave w0-w9 rst          left at=NS            (rst or fin)
 *   bolt A 20                left at=NS            (gives bytes, half-closes and resets in one go)
 *
 * A client is a letter, or w and a number: one of the silent connections, which can also send.
 * A full queue drops a SYN, and the kernel sends it again after one second, then two. So the caller
 * gives a time limit for connecting. If a command fails, the talker prints `failed WHAT: WHY` and
 * ends. Times are CLOCK_REALTIME in ns, as in a tracer's record of the same trial.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "talker.h"

enum { WORDS = 6 };

static void do_open(char **word)
{
    open_client(word[1], atoi(word[2]), word[3] && strcmp(word[3], "small") == 0);
}

static void do_watch(char **word)
{
    watch(atoi(word[1]), atoi(word[2]));
}

static void do_wait(char **word)
{
    int ms = atoi(word[1]);
    struct timespec left = {ms / 1000, ms % 1000 * 1000000L};
    while (nanosleep(&left, &left) == -1)
        if (errno != EINTR)
            fail("nanosleep");
    printf("waited at=%lld\n", now());
}

static void do_send(char **word)
{
    send_text(word[1], word[2]);
}

static void do_say(char **word)
{
    send_bytes(word[1], word[2]);
}

static void do_hear(char **word)
{
    hear(word[1], strtoul(word[2], NULL, 10), atoi(word[3]));
}

static void do_take(char **word)
{
    take_reply(word[1], atoi(word[2]));
}

static void do_inode(char **word)
{
    find_inode(word[1]);
}

static void do_close(char **word)
{
    close_client(word[1]);
}

static void do_draw(char **word)
{
    stream_seed(strtoull(word[1], NULL, 10));
    printf("drawn\n");
}

static void do_plan(char **word)
{
    plan(word[1], strtoull(word[2], NULL, 10), atoll(word[3]), (unsigned)atoi(word[4]),
         atoi(word[5]) != 0);
}

static void do_flow(char **word)
{
    print_outcome("flowed", flow(atoi(word[1]), atoi(word[2])));
}

static void do_hush(char **word)
{
    hush(atoi(word[1]));
    print_outcome("hushed", 0);
}

static void do_admit(char **word)
{
    admit(atoi(word[1]), atoi(word[2]), atoi(word[3]));
}

static void do_rally(char **word)
{
    rally(word[1], atoi(word[2]), atoi(word[3]), atoi(word[4]));
}

static void do_leave(char **word)
{
    leave(word[1], strcmp(word[2], "rst") == 0);
}

static void do_bolt(char **word)
{
    bolt(word[1], strtoull(word[2], NULL, 10));
}

static const struct {
    const char *verb;
    int words; /* at least, after the verb */
    void (*run)(char **word);
} commands[] = {
    {"open", 2, do_open},   {"watch", 2, do_watch}, {"wait", 1, do_wait}, {"send", 2, do_send},
    {"hear", 3, do_hear},   {"inode", 1, do_inode}, {"close", 1, do_close}, {"draw", 1, do_draw},
    {"plan", 5, do_plan},   {"flow", 2, do_flow},   {"hush", 1, do_hush}, {"admit", 3, do_admit},
    {"leave", 2, do_leave}, {"bolt", 2, do_bolt},   {"say", 2, do_say},
    {"take", 2, do_take},   {"rally", 4, do_rally},
};

static void obey(char *line)
{
    char *word[WORDS + 1] = {0};
    int count = 0;

    for (char *next = strtok(line, " \n"); next && count < WORDS; next = strtok(NULL, " \n"))
        word[count++] = next;
    if (count == 0)
        return;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].verb, word[0]) == 0 && count > commands[i].words) {
            commands[i].run(word);
            return;
        }
    }
    errno = EINVAL;
    fail("command");
}

int main(int argc, char **argv)
{
    static char line[2 * SAY_MAX + 64];
    char *colon = argc >= 3 ? strchr(argv[2], ':') : NULL;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && strcmp(argv[1], "--echo") == 0)
        echo(atoi(argv[2]));
    errno = EINVAL;
    if (colon == NULL || strcmp(argv[1], "--connect") != 0)
        fail("options");
    *colon = '\0';
    use_server(argv[2], atoi(colon + 1));
    no_clients();
    if (argc == 4 && strcmp(argv[3], "--relay") == 0) {
        relay();
        return 0;
    }
    while (fgets(line, sizeof line, stdin) != NULL)
        obey(line);
    return 0;
}
