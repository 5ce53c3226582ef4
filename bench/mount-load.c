/*
 * Mount namespaces with many mounts, for the benchmark: in a mount namespace of its own it mounts COUNT
 * filesystems below DIRECTORY, then starts NAMESPACES processes, each in a copy. Prints their pids; ends with
 * standard input. Usage: mount-load DIRECTORY NAMESPACES COUNT
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
	if (argc != 4) return 2;
	int namespaces = atoi(argv[2]), count = atoi(argv[3]);
	char path[256];
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) return 1;
	if (mount("load", argv[1], "tmpfs", 0, NULL) < 0) return 1;
	for (int at = 0; at < count; at++) {
		snprintf(path, sizeof path, "%s/d%05d", argv[1], at);
		if (mkdir(path, 0755) < 0 || mount("small", path, "tmpfs", 0, "size=4k") < 0) return 1;
	}
	for (int at = 0; at < namespaces; at++) {
		pid_t pid = fork();
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (unshare(CLONE_NEWNS) < 0) _exit(1);
			write(1, ".", 1);
			for (;;) pause();
		}
	}
	printf("\n");
	fflush(stdout);
	getchar();
	return 0;
}
