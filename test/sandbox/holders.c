// One way to hold a namespace a run: holders WAY KIND
// Makes a namespace, holds it in that way only, prints {"pid":…,"key":"net:[…]","id":…,…} and waits until its standard
// input is closed. WAY "none" holds it in no way. Needs root.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/perf_event.h>
#include <mqueue.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/io_uring.h>

static char key[64], more[512], tree[64];
static unsigned long long id;
static void die(const char *what) { fprintf(stderr, "holders: %s: %s\n", what, strerror(errno)); exit(3); }
static int check(int result, const char *what) { if (result < 0) die(what); return result; }
static const char *kind;
static int flag;
static int go[2];
static void tell(void) { if (write(go[1], "x", 1) != 1) die("pipe"); }
static void await(void) { char c; if (read(go[0], &c, 1) != 1) die("pipe"); }
static void ready(void) { printf("{\"pid\":%d,\"key\":\"%s\",\"id\":%llu%s}\n", getpid(), key, id, more); fflush(stdout); }
static void wait_for_end(void) { char c; while (read(0, &c, 1) > 0) ; }

static void map_root(void) {
    int fd = open("/proc/self/setgroups", O_WRONLY); if (fd >= 0) { if (write(fd, "deny", 4) < 0) {} close(fd); }
    fd = open("/proc/self/uid_map", O_WRONLY); if (fd >= 0) { if (write(fd, "0 0 1", 5) < 0) {} close(fd); }
    fd = open("/proc/self/gid_map", O_WRONLY); if (fd >= 0) { if (write(fd, "0 0 1", 5) < 0) {} close(fd); }
}
/* A process inside a new namespace; its pid. */
static pid_t helper(void) {
    pid_t child = fork();
    if (child) { await(); return child; }
    check(unshare(flag), "unshare");
    if (flag == CLONE_NEWUSER) map_root();
    // A change of credentials forgets it: afterwards.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (flag == CLONE_NEWPID || flag == CLONE_NEWTIME) {
        pid_t inner = fork();
        if (!inner) { prctl(PR_SET_PDEATHSIG, SIGKILL); tell(); for (;;) pause(); }
        char c; (void)c; waitpid(inner, 0, 0); _exit(0);
    }
    tell();
    for (;;) pause();
}
static pid_t inner_of(pid_t outer) {
    if (flag != CLONE_NEWPID && flag != CLONE_NEWTIME) return outer;
    char path[64], text[32] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", outer, outer);
    FILE *f = fopen(path, "r"); if (!f || !fgets(text, sizeof text, f)) die(path);
    fclose(f);
    return atoi(text);
}
static void end(pid_t outer) {
    pid_t inner = inner_of(outer);
    if (inner != outer) { kill(inner, SIGKILL); } else kill(outer, SIGKILL);
    waitpid(outer, 0, 0);
}
static char link_path[64];
static const char *link_of(pid_t pid) { snprintf(link_path, sizeof link_path, "/proc/%d/ns/%s", pid, kind); return link_path; }
static void note(pid_t pid) {
    ssize_t n = readlink(link_of(pid), key, sizeof key - 1);
    if (n < 0) die("readlink");
    key[n] = 0;
    int fd = check(open(link_of(pid), O_RDONLY), "open");
    uint64_t got = 0;
    if (ioctl(fd, 0x8008b70dUL, &got) == 0) id = got;
    close(fd);
}
static void send_in_flight(int fd, int keep_pair[2]) {
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, keep_pair), "socketpair");
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec io = { &byte, 1 };
    struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET; head->cmsg_type = SCM_RIGHTS; head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    check((int)sendmsg(keep_pair[0], &message, 0), "sendmsg");
    close(fd);
}
static void private_tmp(void) {
    check(unshare(CLONE_NEWNS), "unshare mnt");
    check(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0), "private");
    check(mount("holders", "/mnt", "tmpfs", 0, 0), "tmpfs");
    close(open("/mnt/held", O_CREAT | O_WRONLY, 0600));
}
static int is(const char *a, const char *b) { return !strcmp(a, b); }
static const char *way;
static int ns_fd;
/* Thread ways. */
static void *member_thread(void *p) {
    (void)p;
    check(unshare(CLONE_FS), "unshare fs");
    check(setns(ns_fd, 0), "setns");
    snprintf(more, sizeof more, ",\"threadId\":%ld", syscall(SYS_gettid));
    close(ns_fd);
    tell();
    for (;;) pause();
    return 0;
}
static void *file_table_thread(void *p) {
    (void)p;
    int mine = ns_fd;
    check(unshare(CLONE_FILES), "unshare files");
    snprintf(more, sizeof more, ",\"threadId\":%ld,\"fd\":%d", syscall(SYS_gettid), mine);
    tell();
    for (;;) pause();
    return 0;
}
static void *dead_leader_thread(void *p) {
    (void)p; usleep(200000);
    snprintf(more, sizeof more, ",\"threadId\":%ld", syscall(SYS_gettid));
    ready(); wait_for_end(); _exit(0);
}
static int inside_socket(void) {
    int home = check(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), "home");
    check(setns(ns_fd, 0), "setns");
    int fd;
    if (is(way, "tun")) {
        fd = check(open("/dev/net/tun", O_RDWR), "tun");
    } else if (is(way, "tun-device")) {
        fd = check(open("/dev/net/tun", O_RDWR), "tun");
        struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
        check(ioctl(fd, TUNSETIFF, &request), "TUNSETIFF");
    } else if (is(way, "proc-net")) {
        fd = check(open("/proc/thread-self/net/dev", O_RDONLY), "proc net");
    } else if (is(way, "proc-net-dir")) {
        fd = check(open("/proc/thread-self/net", O_RDONLY | O_DIRECTORY), "proc net dir");
    } else if (is(way, "sysfs-mount")) {
        private_tmp(); check(mount("sysfs", "/mnt", "sysfs", 0, 0), "sysfs"); fd = 0;
    } else if (is(way, "fscontext")) {
        fd = check((int)syscall(SYS_fsopen, "tmpfs", 0), "fsopen");
    } else {
        int type = is(way, "netlink") ? AF_NETLINK : is(way, "packet") ? AF_PACKET : is(way, "unix") ? AF_UNIX : AF_INET;
        fd = check(socket(type, type == AF_NETLINK || type == AF_PACKET ? SOCK_RAW : SOCK_DGRAM, 0), "socket");
    }
    check(setns(home, 0), "setns home"); close(home);
    snprintf(more, sizeof more, ",\"fd\":%d", fd);
    return fd;
}

int main(int argc, char **argv) {
    if (argc < 3) return 2;
    way = argv[1]; kind = argv[2];
    static const struct { const char *name; int flag; } kinds[] = { {"net", CLONE_NEWNET}, {"mnt", CLONE_NEWNS}, {"uts", CLONE_NEWUTS},
        {"ipc", CLONE_NEWIPC}, {"pid", CLONE_NEWPID}, {"user", CLONE_NEWUSER}, {"cgroup", CLONE_NEWCGROUP}, {"time", CLONE_NEWTIME} };
    for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) if (is(kind, kinds[i].name)) flag = kinds[i].flag;
    if (!flag) return 2;
    if (pipe2(go, O_CLOEXEC)) die("pipe");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pid_t outer = helper(), inner = inner_of(outer);
    note(inner);
    ns_fd = check(open(link_of(inner), O_RDONLY | O_CLOEXEC), "open ns");
    pthread_t thread;
    int pair[2];
    if (is(way, "none")) {
        close(ns_fd); end(outer);
    } else if (is(way, "process")) {
        close(ns_fd); snprintf(more, sizeof more, ",\"member\":%d", inner);
    } else if (is(way, "fd")) {
        end(outer); snprintf(more, sizeof more, ",\"fd\":%d", ns_fd);
    } else if (is(way, "path-fd") || is(way, "path-fd-unmounted") || is(way, "bind") || is(way, "path-fd-o-path") || is(way, "inotify") || is(way, "open-tree") || is(way, "open-tree-around")) {
        private_tmp();
        if (is(way, "open-tree-around")) { check(mkdir("/mnt/d", 0700), "mkdir"); check(mount("holders", "/mnt/d", "tmpfs", 0, 0), "tmpfs"); close(open("/mnt/d/held", O_CREAT | O_WRONLY, 0600)); }
        const char *place = is(way, "open-tree-around") ? "/mnt/d/held" : "/mnt/held";
        check(mount(link_of(inner), place, 0, MS_BIND, 0), "bind");
        close(ns_fd); int fd = -1;
        if (is(way, "inotify")) { fd = check(inotify_init(), "inotify"); check(inotify_add_watch(fd, place, IN_OPEN), "watch"); }
        else if (is(way, "open-tree")) fd = check((int)syscall(SYS_open_tree, AT_FDCWD, place, 1), "open_tree");
        else if (is(way, "open-tree-around")) fd = check((int)syscall(SYS_open_tree, AT_FDCWD, "/mnt/d", 1 | 0x8000), "open_tree");
        else if (!is(way, "bind")) fd = check(open(place, is(way, "path-fd-o-path") ? O_PATH : O_RDONLY), "open");
        end(outer);
        if (!is(way, "path-fd") && !is(way, "bind")) check(umount2(is(way, "open-tree-around") ? "/mnt/d" : place, MNT_DETACH), "umount");
        if (fd >= 0) snprintf(more, sizeof more, ",\"fd\":%d", fd);
    } else if (is(way, "thread")) {
        if (pthread_create(&thread, 0, member_thread, 0)) die("pthread_create");
        await(); end(outer);
    } else if (is(way, "thread-children")) {
        // setns of a pid namespace changes pid_for_children only; of a time namespace both, in a single thread.
        if (pthread_create(&thread, 0, member_thread, 0)) die("pthread_create");
        await(); end(outer);
    } else if (is(way, "children")) {
        if (is(kind, "time")) { end(outer); close(ns_fd); check(unshare(CLONE_NEWTIME), "unshare"); char p[64]; snprintf(p, sizeof p, "/proc/self/ns/time_for_children"); ssize_t n = readlink(p, key, 63); key[n] = 0; int f = open(p, O_RDONLY); uint64_t got = 0; ioctl(f, 0x8008b70dUL, &got); id = got; close(f); }
        else { check(setns(ns_fd, 0), "setns"); close(ns_fd); end(outer); }
    } else if (is(way, "thread-fd")) {
        if (pthread_create(&thread, 0, file_table_thread, 0)) die("pthread_create");
        await(); close(ns_fd); end(outer);
    } else if (is(way, "dead-leader")) {
        check(setns(ns_fd, 0), "setns"); close(ns_fd); end(outer);
        if (pthread_create(&thread, 0, dead_leader_thread, 0)) die("pthread_create");
        pthread_exit(0);
    } else if (is(way, "dead-leader-fd")) {
        end(outer); snprintf(more, sizeof more, ",\"fd\":%d", ns_fd);
        if (pthread_create(&thread, 0, dead_leader_thread, 0)) die("pthread_create");
        pthread_exit(0);
    } else if (is(way, "zombie")) {
        close(ns_fd);
        pid_t z = fork();
        if (!z) { int fd = open(link_of(inner), O_RDONLY); setns(fd, 0); _exit(0); }
        usleep(100000); end(outer);
    } else if (is(way, "in-flight")) {
        end(outer); send_in_flight(ns_fd, pair);
    } else if (is(way, "socket-in-flight")) {
        int fd = inside_socket(); end(outer); close(ns_fd); send_in_flight(fd, pair); more[0] = 0;
    } else if (is(way, "socket") || is(way, "netlink") || is(way, "packet") || is(way, "unix") || is(way, "tun") || is(way, "tun-device") || is(way, "proc-net") || is(way, "proc-net-dir") || is(way, "sysfs-mount") || is(way, "fscontext")) {
        inside_socket(); end(outer); close(ns_fd);
    } else if (is(way, "proc-mount")) {
        pid_t m = fork();
        if (!m) { check(setns(ns_fd, 0), "setns"); pid_t in = fork(); if (!in) { private_tmp(); check(mount("proc", "/mnt", "proc", 0, 0), "proc"); int fd = open("/proc/self/ns/mnt", O_RDONLY); (void)fd; tell(); pause(); } waitpid(in, 0, 0); _exit(0); }
        await();
        char p[64], text[32]; snprintf(p, sizeof p, "/proc/%d/task/%d/children", m, m); FILE *f = fopen(p, "r"); if (!f || !fgets(text, sizeof text, f)) die("children"); fclose(f);
        snprintf(p, sizeof p, "/proc/%d/ns/mnt", atoi(text)); int mnt = check(open(p, O_RDONLY), "mnt");
        check(setns(mnt, 0), "setns mnt"); close(mnt); kill(atoi(text), SIGKILL); waitpid(m, 0, 0);
        close(ns_fd); end(outer);
    } else if (is(way, "mqueue-mount") || is(way, "mqueue-fd") || is(way, "shm")) {
        int home = check(open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC), "home");
        check(setns(ns_fd, 0), "setns");
        if (is(way, "mqueue-mount")) { private_tmp(); check(mount("mqueue", "/mnt", "mqueue", 0, 0), "mqueue"); }
        else if (is(way, "mqueue-fd")) { mqd_t q = mq_open("/holders", O_CREAT | O_RDWR, 0600, 0); if (q < 0) die("mq_open"); snprintf(more, sizeof more, ",\"fd\":%d", (int)q); }
        else { int s = check(shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT), "shmget"); void *a = shmat(s, 0, 0); if (a == (void *)-1) die("shmat"); }
        check(setns(home, 0), "home"); close(home); close(ns_fd); end(outer);
    } else if (is(way, "perf")) {
        pid_t m = fork();
        if (!m) { check(setns(ns_fd, 0), "setns"); pid_t in = fork(); if (!in) {
            struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE, .size = sizeof a, .config = PERF_COUNT_SW_DUMMY };
            int fd = check((int)syscall(SYS_perf_event_open, &a, -1, 0, -1, 0), "perf"); char b[64]; (void)b; dup2(fd, 50); tell(); pause(); }
            waitpid(in, 0, 0); _exit(0); }
        await();
        char p[64], text[32]; snprintf(p, sizeof p, "/proc/%d/task/%d/children", m, m); FILE *f = fopen(p, "r"); if (!f || !fgets(text, sizeof text, f)) die("children"); fclose(f);
        int pidfd = check((int)syscall(SYS_pidfd_open, atoi(text), 0), "pidfd"); int fd = check((int)syscall(SYS_pidfd_getfd, pidfd, 50, 0), "getfd"); close(pidfd);
        kill(atoi(text), SIGKILL); waitpid(m, 0, 0); close(ns_fd); end(outer); snprintf(more, sizeof more, ",\"fd\":%d", fd);
    } else if (is(way, "pidfd")) {
        int fd = check((int)syscall(SYS_pidfd_open, inner, 0), "pidfd"); close(ns_fd); end(outer); snprintf(more, sizeof more, ",\"fd\":%d", fd);
    } else if (is(way, "proc-dir")) {
        snprintf(tree, sizeof tree, "/proc/%d", inner); int fd = check(open(tree, O_RDONLY), "proc dir"); close(ns_fd); end(outer); snprintf(more, sizeof more, ",\"fd\":%d", fd);
    } else if (is(way, "mountinfo")) {
        snprintf(tree, sizeof tree, "/proc/%d/mountinfo", inner); int fd = check(open(tree, O_RDONLY), "mountinfo"); close(ns_fd); end(outer); snprintf(more, sizeof more, ",\"fd\":%d", fd);
    } else if (is(way, "credentials")) {
        // A descriptor that was opened inside: its credentials are of that user namespace.
        int p[2]; check(socketpair(AF_UNIX, SOCK_STREAM, 0, p), "pair");
        pid_t m = fork();
        if (!m) { check(setns(ns_fd, 0), "setns"); int fd = open("/dev/null", O_RDONLY); dup2(fd, 60); tell(); pause(); }
        await(); int pidfd = check((int)syscall(SYS_pidfd_open, m, 0), "pidfd"); int fd = check((int)syscall(SYS_pidfd_getfd, pidfd, 60, 0), "getfd"); close(pidfd);
        kill(m, SIGKILL); waitpid(m, 0, 0); close(ns_fd); end(outer); close(p[0]); close(p[1]); snprintf(more, sizeof more, ",\"fd\":%d", fd);
    } else if (is(way, "child")) {
        // A namespace of the same kind below.
        close(ns_fd);
        pid_t m = fork();
        if (!m) { int fd = open(link_of(inner), O_RDONLY); check(setns(fd, 0), "setns"); close(fd);
            if (flag == CLONE_NEWPID) { if (!fork()) { check(unshare(CLONE_NEWPID), "unshare"); pid_t g = fork(); if (!g) { tell(); pause(); } pause(); } pause(); }
            check(unshare(flag), "unshare"); prctl(PR_SET_PDEATHSIG, SIGKILL); tell(); pause(); }
        await(); snprintf(more, sizeof more, ",\"member\":%d", m);
        if (flag == CLONE_NEWUSER) end(outer);
    } else if (is(way, "owned")) {
        pid_t m = fork();
        if (!m) { check(setns(ns_fd, 0), "setns"); check(unshare(CLONE_NEWUTS), "unshare uts"); tell(); pause(); }
        await(); snprintf(tree, sizeof tree, "/proc/%d/ns/uts", m); int fd = check(open(tree, O_RDONLY), "uts"); kill(m, SIGKILL); waitpid(m, 0, 0); close(ns_fd); end(outer); snprintf(more, sizeof more, ",\"owned\":%d", fd);
    } else if (is(way, "io-uring")) {
        int fd = is(kind, "net") && argc > 3 ? inside_socket() : ns_fd; end(outer);
        struct io_uring_params params = {0}; int ring = check((int)syscall(SYS_io_uring_setup, 4, &params), "io_uring");
        check((int)syscall(SYS_io_uring_register, ring, 2 /* FILES */, &fd, 1), "register"); close(fd); if (fd != ns_fd) close(ns_fd);
        snprintf(more, sizeof more, ",\"fd\":%d", ring);
    } else if (is(way, "cgroup-mount")) {
        int home = check(open("/proc/self/ns/cgroup", O_RDONLY | O_CLOEXEC), "home"); check(setns(ns_fd, 0), "setns"); private_tmp();
        check(mount("cgroup", "/mnt", "cgroup2", 0, 0), "cgroup2"); check(setns(home, 0), "home"); close(home); close(ns_fd); end(outer);
    } else { fprintf(stderr, "holders: unknown way \"%s\"\n", way); return 2; }
    ready(); wait_for_end();
    return 0;
}
