// idle TITLE [TITLE…]: a process that calls itself the first title and has a child for each other one; all
// sleep until they are killed. With IDLE_LISTEN=PORT in its environment the first one listens there first. Stands for the programs of the recorded scenario.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/prctl.h>
#include <unistd.h>

static void become(char *title) {
    char *words[] = { title, "--idle", 0 };
    execv("/proc/self/exe", words);
}
/* The socket is inherited through execv, as that of a real server by its workers. */
static void listen_on(const char *port) {
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port)) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 8)) _exit(3);
}
int main(int argc, char **argv) {
    if (argc == 2 && !strcmp(argv[1], "--idle")) {
        char whole[256], name[16];
        snprintf(whole, sizeof whole, "%s", argv[0]);
        whole[strcspn(whole, ": ")] = 0;
        char *slash = strrchr(whole, '/');
        snprintf(name, sizeof name, "%.15s", slash ? slash + 1 : whole);
        prctl(PR_SET_NAME, name);
        memset(argv[1], 0, strlen(argv[1]));
        signal(SIGCHLD, SIG_IGN);
        for (;;) pause();
    }
    if (getenv("IDLE_LISTEN")) listen_on(getenv("IDLE_LISTEN"));
    for (int at = 2; at < argc; at++) if (!fork()) { prctl(PR_SET_PDEATHSIG, SIGKILL); become(argv[at]); }
    if (argc > 1) become(argv[1]);
    return 2;
}
