import type { TuiRequest } from '../cli/cli-context.js';

export function runTui(_request: TuiRequest): Promise<number> {
  return Promise.reject(new Error('not yet'));
}
