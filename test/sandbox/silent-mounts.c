/*
 * Mounts that must not be touched, in a mount namespace of its own: below the tmpfs at the directory given,
 * "fuse" is a FUSE mount whose server never answers, "auto" a direct autofs mount whose daemon is silent.
 * Prints "ready"; for each line on standard input prints how many automounts were asked for so far. Ends with
 * standard input, which aborts the FUSE connection.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[4096];

static const char *below(const char *base, const char *name) {
	snprintf(path, sizeof path, "%s/%s", base, name);
	return path;
}

static void check(int result, const char *what) {
	if (result >= 0) return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static void mount_silent_fuse(const char *target) {
	char options[128];
	int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	check(device, "/dev/fuse");
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0", device);
	check(mount("silent", target, "fuse.silent", MS_NODEV | MS_NOSUID, options), "mount fuse");
}

static int mount_silent_autofs(const char *target) {
	char options[128];
	int ends[2];
	check(pipe2(ends, O_CLOEXEC), "pipe");
	/* Only processes outside of the daemon's group ask for an automount. */
	check(setpgid(0, 0), "setpgid");
	snprintf(options, sizeof options, "fd=%d,pgrp=%d,minproto=5,maxproto=5,direct", ends[1], getpid());
	check(mount("silent", target, "autofs", 0, options), "mount autofs");
	close(ends[1]);
	return ends[0];
}

int main(int count, char **words) {
	const char *base = words[count - 1];
	int requests = 0;
	check(unshare(CLONE_NEWNS), "unshare");
	check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "make private");
	check(mount("base", base, "tmpfs", 0, "size=64k"), "mount tmpfs");
	check(mkdir(below(base, "real"), 0755), "mkdir");
	check(mkdir(below(base, "real/sub"), 0755), "mkdir");
	check(mkdir(below(base, "fuse"), 0755), "mkdir");
	check(mkdir(below(base, "auto"), 0755), "mkdir");
	check(symlink("real", below(base, "link")), "symlink");
	check(symlink("fuse", below(base, "to-fuse")), "symlink");
	check(mknod(below(base, "file"), S_IFREG | 0644, 0), "mknod");
	mount_silent_fuse(below(base, "fuse"));
	int requested = mount_silent_autofs(below(base, "auto"));
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		char buffer[4096];
		struct pollfd ends[2] = {{.fd = requested, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
		if (poll(ends, 2, -1) < 0) continue;
		if (ends[0].revents & POLLIN && read(requested, buffer, sizeof buffer) > 0) requests++;
		if (!(ends[1].revents & (POLLIN | POLLHUP))) continue;
		if (read(0, buffer, sizeof buffer) <= 0) return 0;
		printf("%d\n", requests);
		fflush(stdout);
	}
}
