/** A request on standard input, whole: from a socket that may not have it yet, where reading at once gives EAGAIN. */
export async function readRequest(): Promise<unknown> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin as AsyncIterable<string>) text += chunk;
  return JSON.parse(text);
}
