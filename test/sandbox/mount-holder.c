/*
 * Keeps a mount busy in one way: "mount-holder KIND DIRECTORY [PROGRAM]". Writes "ready", or "failed ERRNO", and waits
 * until standard input ends. The ways are those of the table in main().
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif

static const char *directory;
static char path[4096];
static int ready[2];

static const char *file(const char *name) {
	snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static int made(void) {
	return open(file("held"), O_RDWR | O_CREAT, 0644);
}

static int cwd(void) { return chdir(directory); }
static int opened(void) { return made(); }
static int opened_path(void) { return open(directory, O_PATH); }
static int opened_directory(void) { return open(directory, O_RDONLY | O_DIRECTORY); }

static int root(void) {
	int outside = open("/", O_PATH);
	if (chroot(directory) < 0) return -1;
	/* The working directory stays outside of it. */
	return fchdir(outside) < 0 ? -1 : close(outside);
}

static int deleted(void) {
	int fd = made();
	return fd < 0 ? -1 : unlink(path);
}

static int mapped(void) {
	int fd = made();
	if (fd < 0 || ftruncate(fd, 4096) < 0) return -1;
	if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED) return -1;
	return close(fd);
}

static int bound(int type) {
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type, 0);
	strncpy(name.sun_path, file("socket"), sizeof name.sun_path - 1);
	unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) < 0) return -1;
	return type == SOCK_STREAM && listen(fd, 1) < 0 ? -1 : fd;
}

static int socket_bound(void) { return bound(SOCK_STREAM); }
static int socket_datagram(void) { return bound(SOCK_DGRAM); }
static int socket_deleted(void) { return bound(SOCK_STREAM) < 0 ? -1 : unlink(path); }

/* Bound by a relative name, which tells nothing. */
static int socket_relative(void) {
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "relative"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), back = open(".", O_PATH);
	if (fd < 0 || chdir(directory) < 0) return -1;
	unlink("relative");
	if (bind(fd, (struct sockaddr *)&name, sizeof name) < 0) return -1;
	return fchdir(back) < 0 ? -1 : close(back);
}

/* The socket that accepted a connection holds the path of the one that listened. */
static int socket_accepted(void) {
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int listening = bound(SOCK_STREAM), client = socket(AF_UNIX, SOCK_STREAM, 0);
	strncpy(name.sun_path, path, sizeof name.sun_path - 1);
	if (listening < 0 || connect(client, (struct sockaddr *)&name, sizeof name) < 0) return -1;
	return accept(listening, NULL, NULL) < 0 ? -1 : close(listening);
}

/* In a network namespace that the process has left. */
static int socket_elsewhere(void) {
	int back = open("/proc/self/ns/net", O_RDONLY);
	if (unshare(CLONE_NEWNET) < 0) return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	strncpy(name.sun_path, file("socket"), sizeof name.sun_path - 1);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&name, sizeof name) < 0) return -1;
	/* A descriptor keeps the way into it open, as a process of its own would. */
	open("/proc/self/ns/net", O_RDONLY);
	return setns(back, CLONE_NEWNET) < 0 ? -1 : close(back);
}

static void *with_directory(void *unused) {
	int failed = unshare(CLONE_FS) < 0 || chdir(directory) < 0 ? errno : 0;
	if (write(ready[1], &failed, sizeof failed) < 0) return NULL;
	pause();
	return unused;
}

static void *with_descriptors(void *unused) {
	int failed = unshare(CLONE_FILES) < 0 || open(directory, O_RDONLY) < 0 ? errno : 0;
	if (write(ready[1], &failed, sizeof failed) < 0) return NULL;
	pause();
	return unused;
}

static int thread(void *(*work)(void *)) {
	pthread_t started;
	int failed;
	if (pipe(ready) < 0 || pthread_create(&started, NULL, work, NULL)) return -1;
	if (read(ready[0], &failed, sizeof failed) != sizeof failed) return -1;
	errno = failed;
	return failed ? -1 : 0;
}

static int thread_cwd(void) { return thread(with_directory); }
static int thread_fd(void) { return thread(with_descriptors); }

static void *waiting(void *unused) {
	char byte;
	printf("ready\n");
	fflush(stdout);
	while (read(0, &byte, 1) > 0);
	_exit(0);
	return unused;
}

/* The leader ends, and its threads live on with what they share. */
static int leader_dead(void) {
	pthread_t started;
	if (chdir(directory) < 0 || made() < 0 || pthread_create(&started, NULL, waiting, NULL)) return -1;
	pthread_exit(NULL);
}

static int send_descriptor(int fd, int through) {
	char byte = 'x', control[CMSG_SPACE(sizeof fd)] = {0};
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(header), &fd, sizeof fd);
	return sendmsg(through, &message, 0) < 0 ? -1 : close(fd);
}

static int in_flight(int type) {
	int pair[2];
	return socketpair(AF_UNIX, type, 0, pair) < 0 ? -1 : send_descriptor(made(), pair[0]);
}

static int flight_stream(void) { return in_flight(SOCK_STREAM); }
static int flight_datagram(void) { return in_flight(SOCK_DGRAM); }

/* A file that an io_uring has registered; its descriptor is closed. */
static int registered(void) {
	struct io_uring_params parameters = {0};
	int ring = syscall(__NR_io_uring_setup, 4, &parameters), fd = made();
	if (ring < 0 || fd < 0) return -1;
	if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_FILES, &fd, 1) < 0) return -1;
	return close(fd);
}

/* A copy of the mount that is attached nowhere: the mount itself is not held. */
static int detached_copy(void) {
	return syscall(__NR_open_tree, AT_FDCWD, directory, OPEN_TREE_CLONE | O_CLOEXEC);
}

/* A file opened through a copy with all below, of what the mount lies on. */
static int detached_tree(void) {
	char parent[4096];
	snprintf(parent, sizeof parent, "%s/..", directory);
	int tree = syscall(__NR_open_tree, AT_FDCWD, parent, OPEN_TREE_CLONE | AT_RECURSIVE | O_CLOEXEC);
	return tree < 0 ? -1 : openat(tree, strrchr(directory, '/') + 1, O_PATH);
}

static int unread_events(void) {
	int group = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);
	if (group < 0 || fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, AT_FDCWD, directory) < 0) return -1;
	int fd = made();
	return fd < 0 ? -1 : close(fd);
}

static int watched(void) {
	int group = inotify_init();
	return group < 0 ? -1 : inotify_add_watch(group, directory, IN_ALL_EVENTS);
}

static int nothing(void) { return 0; }

/* Runs a copy of itself that lies there. */
static int executable(void) {
	char buffer[65536];
	int from = open("/proc/self/exe", O_RDONLY), to = open(file("program"), O_WRONLY | O_CREAT, 0755);
	for (ssize_t got; (got = read(from, buffer, sizeof buffer)) > 0;)
		if (write(to, buffer, got) != got) return -1;
	close(from);
	close(to);
	return execl(path, path, "nothing", directory, NULL);
}

static const struct {
	const char *kind;
	int (*hold)(void);
} ways[] = {
	{"cwd", cwd}, {"root", root}, {"fd", opened}, {"path-fd", opened_path}, {"directory-fd", opened_directory},
	{"deleted", deleted}, {"map", mapped}, {"socket", socket_bound}, {"socket-datagram", socket_datagram},
	{"socket-deleted", socket_deleted}, {"socket-relative", socket_relative}, {"socket-accepted", socket_accepted},
	{"socket-elsewhere", socket_elsewhere}, {"thread-cwd", thread_cwd}, {"thread-fd", thread_fd},
	{"leader-dead", leader_dead}, {"in-flight", flight_stream}, {"in-flight-datagram", flight_datagram},
	{"registered", registered}, {"detached-copy", detached_copy}, {"detached-tree", detached_tree},
	{"unread-events", unread_events}, {"watched", watched}, {"nothing", nothing}, {"exe", executable},
};

int main(int argc, char **argv) {
	char byte;
	if (argc < 3) return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	directory = argv[2];
	for (size_t at = 0; at < sizeof ways / sizeof *ways; at++) {
		if (strcmp(ways[at].kind, argv[1])) continue;
		if (ways[at].hold() < 0) printf("failed %d\n", errno);
		else printf("ready\n");
		fflush(stdout);
		while (read(0, &byte, 1) > 0);
		return 0;
	}
	printf("failed 0\n");
	return 2;
}
