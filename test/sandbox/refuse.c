/*
 * refuse CALL[,ARGUMENT1]=ERRNO... -- PROGRAM...: runs a program to which the kernel refuses system calls, as the
 * seccomp profile of a container engine or an older kernel would. Numbers only; ARGUMENT1 is the second argument
 * (of ioctl(2): the request). Everything else is allowed. x86_64 and aarch64.
 */
#define _GNU_SOURCE
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 64

int main(int argc, char **argv)
{
    struct sock_filter filter[MOST * 5 + 2];
    unsigned short length = 0;
    int at = 1;

    for (; at < argc && strcmp(argv[at], "--") != 0 && at < MOST; at++) {
        char *rest;
        unsigned long call = strtoul(argv[at], &rest, 0);
        unsigned long argument = 0;
        int has_argument = *rest == ',';
        if (has_argument)
            argument = strtoul(rest + 1, &rest, 0);
        if (*rest != '=')
            return fprintf(stderr, "refuse: %s?\n", argv[at]), 2;
        unsigned int answer = SECCOMP_RET_ERRNO | (strtoul(rest + 1, NULL, 0) & SECCOMP_RET_DATA);

        filter[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, has_argument ? 3 : 1);
        if (has_argument) {
            /* The low half: requests are 32 bits. */
            filter[length++] =
                (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1]));
            filter[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, argument, 0, 1);
        }
        filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, answer);
    }
    filter[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    if (at + 1 >= argc)
        return fprintf(stderr, "refuse: which program?\n"), 2;

    struct sock_fprog program = {.len = length, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        return perror("refuse: seccomp"), 2;
    execvp(argv[at + 1], argv + at + 1);
    return perror(argv[at + 1]), 127;
}
