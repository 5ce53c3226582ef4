/** execve(2): this process becomes another program. Node's own functions take text only. */
import { fixedBuffer, fixedPath } from './libc.js';
import * as libc from './libc.js';

const SIGPIPE = 13;
const SIG_DFL = 0;
/** <asm-generic/ioctls.h> */
const FIONCLEX = 0x5450;
const POINTER_SIZE = 8;

/** A list of texts that ends with a null pointer. */
function pointers(texts: readonly string[]): libc.FixedBuffer {
  const list = fixedBuffer((texts.length + 1) * POINTER_SIZE);
  texts.forEach((text, at) =>
    list.view.setBigUint64(at * POINTER_SIZE, BigInt(fixedPath(text).address), true),
  );
  return list;
}

/** `program`: a path; `words` begin with its name, `environment` is `NAME=value`. Comes back only with a refusal: errno. */
export function execWords(program: string, words: readonly string[], environment: readonly string[]): number {
  // Node ignores it, and what is ignored stays so.
  libc.signal(SIGPIPE, SIG_DFL);
  // Node marks them to be closed when it becomes something else.
  for (const fd of [0, 1, 2]) libc.ioctl(fd, FIONCLEX, 0);
  libc.execve(fixedPath(program).address, pointers(words).address, pointers(environment).address);
  return libc.errno();
}
