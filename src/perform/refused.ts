/** An operation that the kernel refused, or that is not what it was planned for any more: its message is a sentence. */
export class Refused extends Error {}
