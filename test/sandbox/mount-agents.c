/*
 * Processes in mount namespaces of their own that do as they are told: the kernel's side of the simulator
 * test. Reads "AGENT VERB [ARGUMENT...]" lines, answers each with the errno (0: done). Agent 0 starts in a
 * fresh mount namespace where all is private and a tmpfs lies at the base directory; "J spawn K" makes agent
 * K in a copy of J's mount namespace. Everything ends with standard input.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <signal.h>
#include <unistd.h>

#define AGENTS 8
#define LINE 1024

static int commands[AGENTS][2], answers[AGENTS][2];

static void agent(int self);

static int make_directories(const char *base) {
	static const char *const names[] = {"a", "b", "a/a", "a/b", "b/a", "b/b", "a/a/a", "b/b/b"};
	char path[LINE];
	for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
		snprintf(path, sizeof path, "%s/%s", base, names[at]);
		if (mkdir(path, 0755) < 0 && errno != EEXIST) return -1;
	}
	return 0;
}

static int mount_fresh(const char *target) {
	if (mount("fresh", target, "tmpfs", 0, "size=64k") < 0) return -1;
	return make_directories(target);
}

static int spawn(int child) {
	pid_t pid = fork();
	if (pid < 0) return -1;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int failed = unshare(CLONE_NEWNS) < 0 ? errno : 0;
		dprintf(answers[child][1], "%d %d\n", failed, getpid());
		agent(child);
		_exit(0);
	}
	return 0;
}

static unsigned long propagation(const char *word) {
	unsigned long recursive = *word == 'r' ? MS_REC : 0;
	if (recursive) word++;
	if (!strcmp(word, "shared")) return MS_SHARED | recursive;
	if (!strcmp(word, "slave")) return MS_SLAVE | recursive;
	if (!strcmp(word, "unbindable")) return MS_UNBINDABLE | recursive;
	return MS_PRIVATE | recursive;
}

static int perform(char *verb, char *a, char *b) {
	if (!strcmp(verb, "mount")) return mount_fresh(a);
	if (!strcmp(verb, "bind")) return mount(a, b, NULL, MS_BIND, NULL);
	if (!strcmp(verb, "rbind")) return mount(a, b, NULL, MS_BIND | MS_REC, NULL);
	if (!strcmp(verb, "move")) return mount(a, b, NULL, MS_MOVE, NULL);
	if (!strcmp(verb, "unmount")) return umount2(a, UMOUNT_NOFOLLOW);
	if (!strcmp(verb, "lazy-unmount")) return umount2(a, UMOUNT_NOFOLLOW | MNT_DETACH);
	if (!strcmp(verb, "make")) return mount(NULL, b, NULL, propagation(a), NULL);
	if (!strcmp(verb, "spawn")) return spawn(atoi(a));
	errno = ENOSYS;
	return -1;
}

static int read_line(int fd, char *line) {
	int length = 0;
	while (length < LINE - 1) {
		if (read(fd, line + length, 1) != 1) return -1;
		if (line[length] == '\n') break;
		length++;
	}
	line[length] = 0;
	return length;
}

static void agent(int self) {
	char line[LINE];
	while (read_line(commands[self][0], line) >= 0) {
		char *verb = strtok(line, " "), *a = strtok(NULL, " "), *b = strtok(NULL, " ");
		int failed = perform(verb, a, b) < 0 ? errno : 0;
		if (strcmp(verb, "spawn") || failed) dprintf(answers[self][1], "%d\n", failed);
	}
}

int main(int argc, char **argv) {
	char line[LINE], answer[LINE];
	const char *base = argc > 1 ? argv[1] : "/mnt";
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int at = 0; at < AGENTS; at++)
		if (pipe(commands[at]) < 0 || pipe(answers[at]) < 0) return 1;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount_fresh(base) < 0) {
		printf("%d 0\n", errno);
		return 1;
	}
	pid_t first = fork();
	if (first == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		agent(0);
		_exit(0);
	}
	printf("0 %d\n", first);
	while (fgets(line, sizeof line, stdin)) {
		int self = 0, used = 0, child;
		char verb[32];
		sscanf(line, "%d %n%31s", &self, &used, verb);
		if (write(commands[self][1], line + used, strlen(line + used)) < 0) return 1;
		int answering = sscanf(line + used, "spawn %d", &child) == 1 ? child : self;
		if (read_line(answers[answering][0], answer) < 0) return 1;
		printf("%s\n", answer);
	}
	return 0;
}
