// idle TITLE [TITLE…]: a process that calls itself the first title and has a child for each other one; all
// sleep until they are killed. Stands for the programs of the recorded scenario.
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void become(char *title) {
    char *words[] = { title, "--idle", 0 };
    execv("/proc/self/exe", words);
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
    for (int at = 2; at < argc; at++) if (!fork()) { prctl(PR_SET_PDEATHSIG, SIGKILL); become(argv[at]); }
    if (argc > 1) become(argv[1]);
    return 2;
}
