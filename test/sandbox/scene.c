// One hiding place of a namespace a run: scene NAME
// Prints a JSON line {"pid":…,"key":"net:[…]", …} with the hidden namespace's own link text, read while it
// was still in plain sight, then waits until its standard input is closed. Needs CAP_SYS_ADMIN (root).
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char key[64], more[512];
static void die(const char *what) { fprintf(stderr, "scene: %s: %s\n", what, strerror(errno)); exit(1); }
static void check(int result, const char *what) { if (result < 0) die(what); }
static void note(const char *link) {
    ssize_t n = readlink(link, key, sizeof key - 1);
    if (n < 0) die(link);
    key[n] = 0;
}
static void ready(pid_t pid) { printf("{\"pid\":%d,\"key\":\"%s\"%s}\n", pid, key, more); fflush(stdout); }
static void wait_for_end(void) { char c; while (read(0, &c, 1) > 0) ; }
static int go[2];
static void tell(void) { if (write(go[1], "x", 1) != 1) die("pipe"); }
static void await(void) { char c; if (read(go[0], &c, 1) != 1) die("pipe"); }

static void *loose(void *p) {
    (void)p;
    check(unshare(CLONE_NEWNET), "unshare");
    char link[64];
    snprintf(link, sizeof link, "/proc/self/task/%ld/ns/net", syscall(SYS_gettid));
    note(link);
    snprintf(more, sizeof more, ",\"threadId\":%ld", syscall(SYS_gettid));
    tell();
    for (;;) pause();
}
static void *survivor(void *p) {
    (void)p;
    usleep(200000); // the leader is gone by then
    char link[64];
    snprintf(link, sizeof link, "/proc/self/task/%ld/ns/uts", syscall(SYS_gettid));
    note(link);
    snprintf(more, sizeof more, ",\"threadId\":%ld", syscall(SYS_gettid));
    ready(getpid());
    wait_for_end();
    _exit(0);
}
static void map_root(void) {
    int fd = open("/proc/self/setgroups", O_WRONLY); if (fd >= 0) { if (write(fd, "deny", 4) < 0) {} close(fd); }
    fd = open("/proc/self/uid_map", O_WRONLY); if (fd >= 0) { if (write(fd, "0 0 1", 5) < 0) {} close(fd); }
    fd = open("/proc/self/gid_map", O_WRONLY); if (fd >= 0) { if (write(fd, "0 0 1", 5) < 0) {} close(fd); }
}
static void send_in_flight(int fd) {
    int pair[2];
    check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec io = { &byte, 1 };
    struct msghdr message = { .msg_iov = &io, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET; head->cmsg_type = SCM_RIGHTS; head->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    check((int)sendmsg(pair[0], &message, 0), "sendmsg");
    close(fd);
}

int main(int argc, char **argv) {
    const char *scene = argc > 1 ? argv[1] : "";
    pthread_t thread;
    if (pipe(go)) die("pipe");
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (!strcmp(scene, "process")) {
        check(unshare(CLONE_NEWUTS), "unshare"); note("/proc/self/ns/uts"); ready(getpid()); wait_for_end();
    } else if (!strcmp(scene, "thread")) {
        if (pthread_create(&thread, 0, loose, 0)) die("pthread_create");
        await(); ready(getpid()); wait_for_end();
    } else if (!strcmp(scene, "dead-leader")) {
        check(unshare(CLONE_NEWUTS), "unshare");
        if (pthread_create(&thread, 0, survivor, 0)) die("pthread_create");
        pthread_exit(0);
    } else if (!strcmp(scene, "for-children")) {
        check(unshare(CLONE_NEWTIME), "unshare"); note("/proc/self/ns/time_for_children"); ready(getpid()); wait_for_end();
    } else if (!strcmp(scene, "fd")) {
        int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        check(unshare(CLONE_NEWNET), "unshare"); note("/proc/self/ns/net");
        int held = open("/proc/self/ns/net", O_RDONLY);
        check(setns(home, 0), "setns"); close(home);
        snprintf(more, sizeof more, ",\"fd\":%d", held);
        ready(getpid()); wait_for_end();
    } else if (!strcmp(scene, "socket")) {
        int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
        check(unshare(CLONE_NEWNET), "unshare"); note("/proc/self/ns/net");
        int held = socket(AF_INET, SOCK_DGRAM, 0);
        check(setns(home, 0), "setns"); close(home);
        snprintf(more, sizeof more, ",\"fd\":%d", held);
        ready(getpid()); wait_for_end();
    } else if (!strcmp(scene, "bind") || !strcmp(scene, "bind-elsewhere")) {
        // The bind mount lives in a mount namespace of its own: this process's.
        check(unshare(CLONE_NEWNS), "unshare");
        check(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0), "mount private");
        check(mount("scene", "/mnt", "tmpfs", 0, 0), "mount tmpfs");
        close(open("/mnt/held name", O_CREAT | O_WRONLY, 0600));
        pid_t child = fork();
        if (!child) { check(unshare(CLONE_NEWUTS), "unshare"); tell(); pause(); }
        await();
        char link[64]; snprintf(link, sizeof link, "/proc/%d/ns/uts", child); note(link);
        check(mount(link, "/mnt/held name", 0, MS_BIND, 0), "bind");
        kill(child, SIGKILL); waitpid(child, 0, 0);
        ready(getpid()); wait_for_end();
    } else if (!strcmp(scene, "parent")) {
        // The middle user namespace has no process left: only its child keeps it.
        pid_t middle = fork();
        if (!middle) {
            prctl(PR_SET_PDEATHSIG, 0);
            check(unshare(CLONE_NEWUSER), "unshare"); map_root();
            note("/proc/self/ns/user");
            pid_t inner = fork();
            if (!inner) { check(unshare(CLONE_NEWUSER), "unshare"); map_root(); usleep(200000); ready(getpid()); wait_for_end(); _exit(0); }
            _exit(0);
        }
        waitpid(middle, 0, 0); wait_for_end();
    } else if (!strcmp(scene, "owner")) {
        // The user namespace has no process left: only the network namespace that it owns keeps it.
        pid_t child = fork();
        if (!child) { check(unshare(CLONE_NEWUSER), "unshare"); map_root(); check(unshare(CLONE_NEWNET), "unshare"); tell(); pause(); }
        await();
        char link[64];
        snprintf(link, sizeof link, "/proc/%d/ns/user", child); note(link);
        snprintf(link, sizeof link, "/proc/%d/ns/net", child);
        if (open(link, O_RDONLY) < 0) die(link);
        kill(child, SIGKILL); waitpid(child, 0, 0);
        ready(getpid()); wait_for_end();
    } else if (!strcmp(scene, "in-flight")) {
        int home = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
        check(unshare(CLONE_NEWNS), "unshare"); note("/proc/self/ns/mnt");
        int held = open("/proc/self/ns/mnt", O_RDONLY);
        check(setns(home, 0), "setns"); close(home);
        send_in_flight(held);
        ready(getpid()); wait_for_end();
    } else if (!strcmp(scene, "bind-in-flight")) {
        // A namespace bound in a mount namespace that has no process: two hiding places at once.
        pid_t child = fork();
        if (!child) { check(unshare(CLONE_NEWUTS), "unshare"); tell(); pause(); }
        await();
        int home = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
        check(unshare(CLONE_NEWNS), "unshare");
        check(mount(0, "/", 0, MS_REC | MS_PRIVATE, 0), "mount private");
        check(mount("scene", "/mnt", "tmpfs", 0, 0), "mount tmpfs");
        close(open("/mnt/hidden", O_CREAT | O_WRONLY, 0600));
        char link[64]; snprintf(link, sizeof link, "/proc/%d/ns/uts", child); note(link);
        check(mount(link, "/mnt/hidden", 0, MS_BIND, 0), "bind");
        kill(child, SIGKILL); waitpid(child, 0, 0);
        int held = open("/proc/self/ns/mnt", O_RDONLY);
        check(setns(home, 0), "setns"); close(home);
        send_in_flight(held);
        ready(getpid()); wait_for_end();
    } else if (!strcmp(scene, "zombie")) {
        pid_t child = fork();
        if (!child) { check(unshare(CLONE_NEWUSER), "unshare"); tell(); _exit(0); }
        await(); usleep(100000); note("/proc/self/ns/user");
        snprintf(more, sizeof more, ",\"zombie\":%d", child);
        ready(getpid()); wait_for_end(); waitpid(child, 0, 0);
    } else if (!strcmp(scene, "dead-init")) {
        // A pid namespace whose init is a zombie while a bind mount keeps it: nothing can be started inside.
        check(unshare(CLONE_NEWPID), "unshare");
        pid_t init = fork();
        if (!init) { tell(); _exit(0); }
        await(); usleep(100000);
        char link[64]; snprintf(link, sizeof link, "/proc/%d/ns/pid", init); note(link);
        snprintf(more, sizeof more, ",\"init\":%d", init);
        ready(getpid()); wait_for_end();
    } else if (!strcmp(scene, "hostile")) {
        prctl(PR_SET_NAME, "a) R 1 (\n\x1b]0;x\a");
        check(unshare(CLONE_NEWUTS), "unshare"); note("/proc/self/ns/uts"); ready(getpid()); wait_for_end();
    } else if (!strcmp(scene, "churn")) {
        // Random forks, thread starts, setns and unshare for as long as standard input is open.
        unsigned seed = argc > 2 ? (unsigned)atoi(argv[2]) : 1; int fds[16], count = 0;
        signal(SIGCHLD, SIG_IGN);
        fcntl(0, F_SETFL, O_NONBLOCK);
        note("/proc/self/ns/uts"); ready(getpid());
        for (;;) {
            char c; if (read(0, &c, 1) == 0) _exit(0);
            seed = seed * 1103515245u + 12345;
            switch ((seed >> 16) % 6) {
            case 0: if (!fork()) { prctl(PR_SET_PDEATHSIG, SIGKILL); if (seed & 64) unshare(CLONE_NEWUTS); usleep(seed >> 8 & 0xffff); _exit(0); } break;
            case 1: unshare(CLONE_NEWUTS); break;
            case 2: unshare(CLONE_NEWIPC); break;
            case 3: if (count < 16) fds[count++] = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC); break;
            case 4: if (count) setns(fds[(seed >> 8) % (unsigned)count], CLONE_NEWUTS); break;
            case 5: if (!(seed >> 9 & 15)) { if (!pthread_create(&thread, 0, loose, 0)) { pthread_detach(thread); await(); } } break;
            }
            usleep(500 + (seed >> 20 & 0x7ff));
        }
    } else { fprintf(stderr, "scene: unknown scene \"%s\"\n", scene); return 2; }
    return 0;
}
