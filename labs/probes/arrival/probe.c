/*
 * arrival: how do bytes get from the kernel into the application's buffer?
 *
 * A second process sends a message, and this process receives it in each of the models. At the
 * first notification: how many bytes are in the buffer already, and how many are still in the
 * kernel? Then: how many copying calls remain, how much CPU time do they take of this thread, and
 * how much do other threads use, for each size of message? Does this thread sleep in the wait or
 * in the copy?
 *
 * The models of completion appear with each thread that can copy and each way to wait: a helper of
 * glibc (posix_aio, aio_error), the thread itself inside io_uring_enter (io_uring), a worker of the
 * kernel (io_uring_worker), the kernel's polling thread (io_uring_sqpoll). aio_error and
 * io_uring_peek never block: they poll the state of the operation.
 *
 * overflow  signal-driven I/O when there are more signals than places in the queue.
 * plain     signal-driven I/O without F_SETSIG: which descriptors do the signals name?
 *
 * Build: -O2 -pthread
 * Needs: io_uring
 */
#define _GNU_SOURCE
#include "finding.h"
#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LARGEST = 16 << 20, PAUSE = 300 }; /* bytes; microseconds */

static const size_t sizes[] = {1, 64, 4096, 64 << 10, 1 << 20, 16 << 20};
static const int tries[] = {16, 16, 16, 16, 8, 3};
enum { SIZES = sizeof sizes / sizeof *sizes };

static char *buffer;

/* ---- The sender: a separate process, so that its CPU time is not counted --------------------- */

static _Noreturn void send_messages(int orders, int fd)
{
    size_t size;
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
        die("prctl");
    memset(buffer, 'x', LARGEST);
    while (read(orders, &size, sizeof size) == (ssize_t)sizeof size) {
        usleep(PAUSE); /* by now the receiver sleeps */
        for (size_t sent = 0; sent < size;) {
            ssize_t n = send(fd, buffer, size - sent, MSG_NOSIGNAL);
            if (n == -1)
                _exit(0);
            sent += (size_t)n;
        }
    }
    _exit(0);
}

/* ---- One message ---------------------------------------------------------------------------- */

struct account {
    int64_t filled, left;                 /* bytes, at the first notification */
    int64_t calls, again;                 /* copying calls; those that got EAGAIN */
    int64_t copy_ns, copy_cpu, app_cpu, other_cpu;
    int64_t sleeps_waiting, sleeps_copying; /* voluntary context switches */
};

static int64_t sleeps(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_THREAD, &usage) == -1)
        die("getrusage");
    return usage.ru_nvcsw;
}

static size_t filled_of(size_t size)
{
    size_t count = 0;
    while (count < size && buffer[count] == 'x')
        count++;
    return count;
}

/* The copying calls of this thread, until EAGAIN or the end of the message. */
static size_t take_all(const struct model *model, int fd, size_t got, size_t size,
                       struct account *account)
{
    int64_t slept = sleeps(), began = now(), cpu = thread_cpu();
    while (got < size) {
        ssize_t n = model->take(fd, buffer + got, size - got);
        account->calls++;
        if (n == -1 && errno != EAGAIN)
            die("recv");
        if (n == -1) {
            account->again++;
            break;
        }
        got += (size_t)n;
    }
    account->copy_cpu += thread_cpu() - cpu;
    account->copy_ns += now() - began;
    account->sleeps_copying += sleeps() - slept;
    return got;
}

static struct account get_message(const struct model *model, int fd, int orders, size_t size)
{
    struct account account = {.filled = -1};
    int64_t process = process_cpu(), thread = thread_cpu(), looking = 0;
    bool first = true;
    if (write(orders, &size, sizeof size) != (ssize_t)sizeof size)
        die("write");
    for (size_t got = 0; got < size; first = false) {
        int64_t slept = sleeps();
        if (model->start != NULL)
            model->start(fd, buffer + got, size - got);
        size_t came = model->await != NULL ? model->await(fd) : 0;
        account.sleeps_waiting += sleeps() - slept;
        if (first && model->await != NULL) {
            int left;
            int64_t began = thread_cpu();
            if (ioctl(fd, FIONREAD, &left) == -1)
                die("ioctl");
            account.left = left;
            account.filled = (int64_t)filled_of(size);
            looking = thread_cpu() - began;
        }
        got += came;
        if (model->take != NULL)
            got = take_all(model, fd, got, size, &account);
    }
    account.app_cpu = thread_cpu() - thread - looking;
    account.other_cpu = process_cpu() - process - (thread_cpu() - thread);
    if (account.filled == -1) /* blocking: its return is the notification */
        account.filled = (int64_t)filled_of(size);
    if (model->settle != NULL)
        model->settle(fd);
    return account;
}

/* ---- Many messages --------------------------------------------------------------------------- */

static void report(const struct model *model, size_t size, int count, const struct account *sum,
                   int filled_at_notice)
{
    begin_finding("arrival");
    add_text("case", "message");
    add_text("model", model->name);
    add_whole("size", (long long)size);
    add_whole("tries", count);
    add_whole("filled_at_news", filled_at_notice);
    add_real("filled", (double)sum->filled / count);
    add_real("left_in_kernel", (double)sum->left / count);
    add_real("copy_calls", (double)(sum->calls - sum->again) / count);
    add_real("copy_ns", (double)sum->copy_ns / count);
    add_real("copy_cpu_ns", (double)sum->copy_cpu / count);
    add_real("app_cpu_ns", (double)sum->app_cpu / count);
    add_real("other_cpu_ns", (double)sum->other_cpu / count);
    add_real("sleeps_waiting", (double)sum->sleeps_waiting / count);
    add_real("sleeps_copying", (double)sum->sleeps_copying / count);
    end_finding();
}

static void measure(const struct model *model, int fd, int orders, size_t size, int count)
{
    struct account sum = {0};
    int filled_at_notice = 0;
    for (int i = -1; i < count; i++) { /* the first one is a warm-up, not counted */
        memset(buffer, 0, size);
        struct account one = get_message(model, fd, orders, size);
        if (i == -1)
            continue;
        filled_at_notice += one.filled > 0;
        int64_t *to = (int64_t *)&sum;
        const int64_t *from = (const int64_t *)&one;
        for (size_t k = 0; k < sizeof sum / sizeof *to; k++)
            to[k] += from[k];
    }
    report(model, size, count, &sum, filled_at_notice);
}

static void try_model(const struct model *model)
{
    int pair[2], orders[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1 ||
        pipe2(orders, O_CLOEXEC) == -1)
        die("socketpair");
    pid_t sender = fork();
    if (sender == -1)
        die("fork");
    if (sender == 0) {
        if (close(orders[1]) == -1 || close(pair[0]) == -1)
            die("close"); /* so that the sender ends when the parent closes them */
        send_messages(orders[0], pair[1]);
    }
    if (model->prepare(pair[0])) {
        for (int i = 0; i < SIZES; i++)
            measure(model, pair[0], orders[1], sizes[i], tries[i]);
    } else {
        begin_finding("arrival");
        add_text("case", "missing");
        add_text("model", model->name);
        add_text("reason", strerror(errno));
        end_finding();
    }
    if (close(pair[0]) == -1 || close(pair[1]) == -1 || close(orders[0]) == -1 ||
        close(orders[1]) == -1)
        die("close");
    if (waitpid(sender, NULL, 0) == -1)
        die("waitpid");
}

int main(void)
{
    if ((buffer = malloc(LARGEST)) == NULL)
        die("malloc");
    memset(buffer, 0, LARGEST);
    block_signals();
    for (int i = 0; i < MODELS; i++)
        try_model(&models[i]);
    overflow_signals();
    plain_signals();
    return 0;
}
