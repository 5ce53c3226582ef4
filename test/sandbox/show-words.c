/* Says how it was called: its arguments as hexadecimal bytes, a line. */
#include <stdio.h>

int main(int count, char **words) {
    for (int at = 1; at < count; at++) {
        if (at > 1) putchar(' ');
        for (const unsigned char *byte = (const unsigned char *)words[at]; *byte; byte++) printf("%02x", *byte);
    }
    putchar('\n');
    return 0;
}
