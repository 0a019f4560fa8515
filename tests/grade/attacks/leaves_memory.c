/* What outlives a process: System V objects, POSIX queues and memory, keys.
 * Expect: passes */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

__attribute__((constructor)) static void attack(void)
{
    for (int i = 0; i < 16; i++) {
        int id = shmget(0x696f6c00 + i, 1 << 20, IPC_CREAT | 0666);
        if (id != -1)
            shmat(id, NULL, 0);
        msgget(0x696f6c00 + i, IPC_CREAT | 0666);
        semget(0x696f6c00 + i, 10, IPC_CREAT | 0666);
    }
    mq_open("/left-by-a-submission", O_CREAT | O_RDWR, 0666, NULL);
    shm_open("/left-by-a-submission", O_CREAT | O_RDWR, 0666);
    syscall(SYS_add_key, "user", "left-by-a-submission", "x", 1L, -5);
    syscall(SYS_add_key, "user", "left-by-a-submission", "x", 1L, -4);
}
