/* The options of the shim; shim.c explains each. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct space spaces[SPACES] = {
    {"user", CLONE_NEWUSER}, {"net", CLONE_NEWNET}, {"pid", CLONE_NEWPID}, {"mount", CLONE_NEWNS},
    {"ipc", CLONE_NEWIPC}, {"uts", CLONE_NEWUTS}, {"uid", OTHER_USER}, {"seccomp", FILTER},
    {"account", OWN_ACCOUNT}, {"landlock", LANDLOCK}};

static void open_cgroup(struct order *order, const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/cgroup.procs", folder);
    if (order->cgroup_count == MANY)
        die("--cgroup");
    if ((order->cgroups[order->cgroup_count++] = open(path, O_WRONLY | O_CLOEXEC)) < 0)
        die("--cgroup");
}

static void see(struct box *box, const char *from)
{
    if (box->see_count == MANY)
        die("--see");
    box->see[box->see_count++] = (struct sight){from, from};
}

static void at(struct box *box, const char *path)
{
    if (!box->see_count || *path != '/')
        die("--at");
    box->see[box->see_count - 1].at = path;
}

static unsigned long named(const char *list)
{
    unsigned long flags = 0;
    for (int i = 0; i < SPACES; i++)
        if (strstr(list, spaces[i].name))
            flags |= spaces[i].flag;
    return flags;
}

void parse(int argc, char **argv, struct order *order)
{
    static const struct option options[] = {
        {"status", 1, 0, 's'}, {"runner", 1, 0, 'r'}, {"nofile", 1, 0, 'n'}, {"memory", 1, 0, 'm'},
        {"pids", 1, 0, 'p'}, {"cpus", 1, 0, 'c'}, {"cgroup", 1, 0, 'g'}, {"join", 1, 0, 'j'},
        {"see", 1, 0, 'S'}, {"at", 1, 0, 'A'}, {"hide", 1, 0, 'H'}, {"folder", 1, 0, 'F'},
        {"tmp", 1, 0, 'T'}, {"output", 1, 0, 'O'}, {"own-tool", 0, 0, 'o'}, {"traces", 0, 0, 't'},
        {"without", 1, 0, 'w'}, {"whole", 0, 0, 'W'}, {"deny", 1, 0, 'd'},
        {"account", 1, 0, 'a'}, {"own", 1, 0, 'f'}, {"closed", 1, 0, 'x'}, {"port", 1, 0, 'P'},
        {"held", 0, 0, 'h'}, {"files", 1, 0, 'l'}, {0, 0, 0, 0}};
    struct box *box = &order->box;
    char *rest = NULL;

    errno = EINVAL;
    for (int i = 0; i < SPACES; i++)
        box->want |= spaces[i].flag;
    for (int option; (option = getopt_long(argc, argv, "+", options, NULL)) != -1;) {
        switch (option) {
        case 's': order->status_fd = atoi(optarg); fcntl(order->status_fd, F_SETFD, FD_CLOEXEC); break;
        case 'r': order->runner = atoi(optarg); break;
        case 'j': order->beside = atoi(optarg); break;
        case 'g': open_cgroup(order, optarg); break;
        case 'w': order->without |= named(optarg); break;
        case 'W': order->whole = 1; break;
        case 'm': box->memory = strtoull(optarg, NULL, 10); break;
        case 'p': box->pids = strtoull(optarg, NULL, 10); break;
        case 'O': box->output = strtoull(optarg, NULL, 10); break;
        case 'l': box->files = strtoull(optarg, NULL, 10); break;
        case 'T': box->tmp = strtoull(optarg, NULL, 10); break;
        case 'o': box->own_tool = 1; break;
        case 't': box->traces = 1; break;
        case 'F': box->folder = optarg; break;
        case 'S': see(box, optarg); break;
        case 'A': at(box, optarg); break;
        case 'd': read_filter(box, optarg); break;
        case 'a': box->account = (uid_t)strtoul(optarg, NULL, 10); break;
        case 'f': box->own = optarg; break;
        case 'P': box->port = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'h': box->held = 1; break;
        case 'x':
            if (box->closed_count == MANY)
                die("--closed");
            box->closed[box->closed_count++] = optarg;
            break;
        case 'H':
            if (box->hide_count == MANY || *optarg != '/')
                die("--hide");
            box->hide[box->hide_count++] = optarg;
            break;
        case 'n':
            box->nofile.rlim_cur = strtoull(optarg, &rest, 10);
            box->nofile.rlim_max = *rest ? strtoull(rest + 1, NULL, 10) : box->nofile.rlim_cur;
            break;
        case 'c':
            for (char *cpu = strtok(optarg, ","); cpu; cpu = strtok(NULL, ","))
                CPU_SET((size_t)atoi(cpu), &box->cpus);
            break;
        default:
            die("options");
        }
    }
    if (!box->filter.len)
        box->want &= ~FILTER;
    if (!box->account || box->traces)
        box->want &= ~(OWN_ACCOUNT | LANDLOCK);
    if (box->account)
        box->want &= OWN_ACCOUNT | LANDLOCK | FILTER;
    if (!box->own)
        box->want &= ~LANDLOCK;
    box->command = argv + optind;
    if (!*box->command)
        die("no command");
}
