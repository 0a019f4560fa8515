/* The parts of the talker: its clients, the bytes they send, and what a command does with both. */
#ifndef TALKER_H
#define TALKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MS 1000000LL /* in ns */

enum {
    LETTERS = 26,
    WATCHED_MAX = 2000,
    CLIENTS = LETTERS + WATCHED_MAX,
    TEXT_MAX = 256,  /* bytes of a text that is echoed */
    SAY_MAX = 32768, /* of a request of another protocol */
    TAKE_MAX = 96,   /* of its reply that are printed at once */
};

/* What became of a client of a flow: the later, the graver. */
enum fate { WELL, SILENT, SLOW, GONE, RESET, REFUSED, PENDING, EXTRA, WRONG };

struct client {
    int fd;               /* -1: not open */
    unsigned stream;      /* the number of the bytes that it sends: another one for each connection */
    uint64_t given, back; /* how many of them were sent, and came back */
    uint64_t give, take;  /* how many shall have been */
    unsigned piece;       /* the most bytes of one call; 0: as many as fit */
    bool end;             /* then it shuts down its writing end, and the server shall close */
    bool shut, ended;     /* what of that has happened */
    bool planned;         /* it takes part in the flow */
    enum fate fate;
};

/* clock.c */
_Noreturn void fail(const char *what);
long long now(void);
long long steady(void);

/* clients.c */
extern struct client clients[CLIENTS];
enum connecting { CONNECTED, REJECTED, WAITING };

void use_server(const char *address, int port);
void no_clients(void);
struct client *client(const char *name);
void range_of(char *names, struct client **first, struct client **last);
const char *name_of(const struct client *one);
struct client *next_watched(void);
void begin_one(struct client *one, bool small);
enum connecting established(const struct client *one, long long deadline);
void open_client(const char *name, int ms, bool small);
void watch(int count, int ms);
void close_one(struct client *one, bool reset);
void close_client(const char *name);
void leave(char *names, bool reset);
void find_inode(const char *name);

/* words.c */
void send_text(const char *name, const char *text);
void send_bytes(const char *name, const char *digits);
void hear(const char *name, size_t expected, int ms);
void take_reply(const char *name, int ms);

/* stream.c */
void stream_seed(uint64_t seed);
uint64_t below(uint64_t bound);
unsigned stream_new(void);
void stream_fill(unsigned stream, uint64_t from, unsigned char *out, size_t length);
void stream_sent(unsigned stream, uint64_t given);
bool stream_find(unsigned own, const unsigned char *piece, size_t length, unsigned *stream,
                 uint64_t *at);

/* flow.c */
void plan_one(struct client *one, uint64_t give, long long take, unsigned piece, bool end);
void plan(char *names, uint64_t give, long long take, unsigned piece, bool end);
int flow(int patience, int most);
void hush(int ms);
void bolt(const char *name, uint64_t give);
void take_some(struct client *one);

/* complaint.c */
void no_complaint(void);
void complain(const struct client *one, const unsigned char *seen, size_t length, int due);
void print_outcome(const char *event, int done);

/* relay.c */
void relay(void);

/* echo.c */
_Noreturn void echo(int port);

/* admit.c */
void admit(int count, int ms, int most);

/* rally.c */
void rally(char *names, int rounds, int patience, int most);

#endif
