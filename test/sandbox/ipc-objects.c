/*
 * Makes one object of each kind in the ipc namespace it is in, and more of some, says "ready" and waits. With
 * arguments: the hostname and the NIS domain name of the uts namespace it is in.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

struct text {
  long type;
  char bytes[8];
};

static void check(int failed, const char *what) {
  if (!failed) return;
  perror(what);
  exit(1);
}

int main(int count, char **words) {
  if (count > 1) check(sethostname(words[1], strlen(words[1])) < 0, "sethostname");
  if (count > 2) check(setdomainname(words[2], strlen(words[2])) < 0, "setdomainname");
  int memory = shmget(0xabcd, 32768, IPC_CREAT | 0600);
  check(memory < 0 || shmat(memory, NULL, 0) == (void *)-1, "shmat");
  check(shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0640) < 0, "shmget");
  check(semget((key_t)0xfedc1234, 3, IPC_CREAT | 0640) < 0, "semget");
  int queue = msgget(0x77, IPC_CREAT | 0666);
  struct text text = {1, "seven"};
  check(queue < 0 || msgsnd(queue, &text, 7, 0) < 0, "msgsnd");
  umask(0);
  struct mq_attr attributes = {.mq_maxmsg = 5, .mq_msgsize = 64};
  mqd_t posix = mq_open("/jobs", O_CREAT | O_RDWR, 0644, &attributes);
  check(posix < 0 || mq_send(posix, "hello", 5, 1) < 0, "mq_send");
  puts("ready");
  fflush(stdout);
  for (;;) pause();
}
