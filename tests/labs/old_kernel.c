/* Loaded into labs/io_uring with LD_PRELOAD: an older kernel, without deferred completions.
 * KERNEL=old also has no probe, so no multishot. KERNEL=small has both, with rings of 8
 * entries; KERNEL=wide has both. The file RINGS_SEEN gets a byte at [0] when results did not
 * fit into their ring, and at [1] when a receive found no buffer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int kernel_is(const char *name)
{
    const char *kernel = getenv("KERNEL");
    return kernel != NULL && strcmp(kernel, name) == 0;
}

typedef int init(unsigned, struct io_uring *, struct io_uring_params *);

int io_uring_queue_init_params(unsigned entries, struct io_uring *ring, struct io_uring_params *p)
{
    (void)entries, (void)ring, (void)p;
    return -EINVAL;
}

int io_uring_queue_init(unsigned entries, struct io_uring *ring, unsigned flags)
{
    init *real = (init *)dlsym(RTLD_NEXT, "io_uring_queue_init_params");
    struct io_uring_params params = {.flags = flags};
    if (kernel_is("small"))
        params = (struct io_uring_params){.flags = flags | IORING_SETUP_CQSIZE, .cq_entries = 8};
    return real(kernel_is("small") ? 8 : entries, ring, &params);
}

struct io_uring_probe *io_uring_get_probe_ring(struct io_uring *ring)
{
    typedef struct io_uring_probe *get(struct io_uring *);
    if (kernel_is("old"))
        return NULL;
    return ((get *)dlsym(RTLD_NEXT, "io_uring_get_probe_ring"))(ring);
}

static void note(off_t what)
{
    int fd = open(getenv("RINGS_SEEN"), O_WRONLY);
    if (fd == -1 || pwrite(fd, "x", 1, what) != 1 || close(fd) == -1)
        abort();
}

int io_uring_submit_and_wait(struct io_uring *ring, unsigned results)
{
    static int noted[2];
    typedef int submit(struct io_uring *, unsigned);
    int done = ((submit *)dlsym(RTLD_NEXT, "io_uring_submit_and_wait"))(ring, results);
    if (!noted[0] && io_uring_cq_has_overflow(ring))
        note(0), noted[0] = 1;
    unsigned head;
    struct io_uring_cqe *result;
    io_uring_for_each_cqe(ring, head, result)
        if (!noted[1] && result->res == -ENOBUFS)
            note(1), noted[1] = 1;
    return done;
}
