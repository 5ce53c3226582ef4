/**
 * The file of a kernel parameter, as sysctl(8) names it: a full stop separates, and a slash stands for a full stop in
 * a name, `net.ipv4.conf.eth0/5.forwarding`.
 */
export function sysctlPath(name: string): string {
  const parts = name.split('.').map((part) => part.replaceAll('/', '.'));
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new Error(`${name} is no name of a kernel parameter`);
  return `/proc/sys/${parts.join('/')}`;
}
