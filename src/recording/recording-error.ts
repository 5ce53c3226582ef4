/** A recording that cannot be read or written; the message is a sentence with its file. */
export class RecordingError extends Error {
  readonly code = 'RECORDING';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RecordingError';
  }
}
