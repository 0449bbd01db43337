// SPDX-License-Identifier: Apache-2.0
import type { LogLevel, Logger } from '#ports/logger.ts';
import { stableMs } from './back-off.ts';
import type { GenerationEnd } from './generation-end.ts';
import type { RegistrationMethod } from './parts.ts';

/** After this many equal ends in a row, the log suggests where to look. */
const manyEnds = 5;

/** Logs why the generations of a resource end. Equal ends in a row are logged once: they may go on for months. */
export class EndReport {
  private last: string | null = null;
  private count = 0;

  constructor(
    private readonly logger: Logger,
    private readonly resource: string,
  ) {}

  /** The level of the log line for a registration that follows. */
  get registeredLevel(): LogLevel {
    return this.count > 1 ? 'debug' : 'info';
  }

  log(end: GenerationEnd, method: RegistrationMethod, retryInMs: number): void {
    const { cause, reason, servedMs } = end;
    const key = `${method} ${cause} ${reason}`;
    this.count = key === this.last && servedMs < stableMs ? this.count + 1 : 1;
    this.last = key;
    const fields = { resource: this.resource, method, reason };
    this.logger.log(this.count === 1 ? 'warning' : 'debug', 're-registering', { ...fields, retryInMs });
    if (this.count !== manyEnds) return;
    const message = 'registration keeps failing with the same error; still retrying';
    this.logger.log('warning', message, { ...fields, remedy: remedyFor(end) });
  }
}

function remedyFor({ cause }: GenerationEnd): string {
  return cause === 'connection-lost'
    ? 'Look for another plugin on this node that registers the same resource.'
    : 'Read the log of the kubelet.';
}
