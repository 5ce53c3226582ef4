/** uid → name of passwd(5) text; the first entry of a uid wins, as with getpwuid(3). */
export function parsePasswd(text: string): Record<string, string> {
  const users: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const [name, , uid] = line.split(':');
    if (name && uid && /^[0-9]+$/.test(uid) && !(uid in users)) users[uid] = name;
  }
  return users;
}
