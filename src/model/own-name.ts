/** What the kernel calls our processes, /proc/PID/comm: other looks at the machine know by it whom they see. */
export const OWN_COMM = 'nsview';
