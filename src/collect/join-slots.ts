/** What the joining thread and its reader tell each other in shared memory. */
export const SLOT = { state: 0, errno: 1, threadId: 2 } as const;
export const STATE = { starting: 0, joined: 1, finished: 2 } as const;
