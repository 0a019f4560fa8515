/* The end of a box: every process of it, and what its processes left in the kernel. */
#include "shim.h"

#include <signal.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

/* Not declared by every C library; the numbers are the kernel's. Each yields an object that its caller
 * may not read as well. */
enum { MSG_ANY = 13, SHM_ANY = 15, SEM_ANY = 20 };

/* The runner's boxes have higher user ids, and no process has this one. */
enum { NO_BOX = 60599 };

/* A pid namespace ends with its first process. Without one, the processes that the command leaves
 * become children of the shim, a subreaper: each round kills one generation. */
void kill_the_rest(void)
{
    do {
        FILE *children = fopen("/proc/thread-self/children", "re");
        if (!children)
            return;
        for (int pid; fscanf(children, "%d", &pid) == 1;)
            kill(pid, SIGKILL);
        fclose(children);
    } while (waitpid(-1, NULL, 0) > 0);
}

/* What System V's calls made outlives its processes. */
static void remove_ipc(uid_t uid)
{
    struct shm_info of_shm;
    struct shmid_ds shm;
    struct msginfo of_msg;
    struct msqid_ds msg;
    struct seminfo of_sem;
    struct semid_ds sem;
    union { struct semid_ds *buf; struct seminfo *info; } arg;

    for (int i = shmctl(0, SHM_INFO, (struct shmid_ds *)&of_shm); i >= 0; i--) {
        int id = shmctl(i, SHM_ANY, &shm);
        if (id >= 0 && shm.shm_perm.cuid == uid)
            shmctl(id, IPC_RMID, NULL);
    }
    for (int i = msgctl(0, MSG_INFO, (struct msqid_ds *)&of_msg); i >= 0; i--) {
        int id = msgctl(i, MSG_ANY, &msg);
        if (id >= 0 && msg.msg_perm.cuid == uid)
            msgctl(id, IPC_RMID, NULL);
    }
    arg.info = &of_sem;
    int last = semctl(0, 0, SEM_INFO, arg);
    arg.buf = &sem;
    for (int i = last; i >= 0; i--) {
        int id = semctl(i, 0, SEM_ANY, arg);
        if (id >= 0 && sem.sem_perm.cuid == uid)
            semctl(id, 0, IPC_RMID);
    }
}

/* SIGKILL to all processes of the user in one call: none can fork away. The process that sends it has
 * the box's user id as its effective one alone, so the box cannot send it a signal, and root's processes
 * get none. */
void end_account(uid_t uid)
{
    pid_t killer = fork();
    if (killer == 0) {
        if (setresuid(NO_BOX, uid, 0))
            _exit(1);
        kill(-1, SIGKILL);
        remove_ipc(uid);
        _exit(0);
    }
    if (killer > 0)
        waitpid(killer, NULL, 0);
}
