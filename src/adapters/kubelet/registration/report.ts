// SPDX-License-Identifier: Apache-2.0
import type { LogFields, LogLevel, Logger } from '#ports/logger.ts';
import type { Metrics, ServingEvent } from '#ports/metrics.ts';
import { type GenerationEnd, stableMs } from './back-off.ts';
import type { MethodChoice } from './method.ts';

/** After this many equal ends in a row, the log suggests where to look. */
const manyEnds = 5;

/** Logs and counts what happens to the registration of one resource. */
export class RegistrationReport {
  private lastEnd = '';
  private equalEnds = 0;

  constructor(
    private readonly logger: Logger,
    private readonly metrics: Metrics,
    private readonly resource: string,
    private readonly method: MethodChoice,
  ) {}

  count(event: ServingEvent): void {
    this.metrics.resourceEvent(this.resource, event);
  }

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.logger.log(level, message, { resource: this.resource, method: this.method.current, ...fields });
  }

  registered(shares: number, socket: string): void {
    this.count('registered');
    this.log(this.equalEnds > 1 ? 'debug' : 'info', 'registered with kubelet', { shares, socket });
  }

  /** Logs why a generation ended. Consecutive equal ends are logged once: they may continue for months. */
  ended({ cause, reason, servedMs }: GenerationEnd, retryInMs: number): void {
    const end = `${this.method.current} ${cause} ${reason}`;
    this.equalEnds = end === this.lastEnd && servedMs < stableMs ? this.equalEnds + 1 : 1;
    this.lastEnd = end;
    this.log(this.equalEnds === 1 ? 'warning' : 'debug', 're-registering', { reason, retryInMs });
    if (this.equalEnds !== manyEnds) return;
    const remedy =
      cause === 'connection-lost'
        ? 'Look for another plugin on this node that registers the same resource.'
        : 'Read the log of the kubelet.';
    this.log('warning', 'registration keeps failing with the same error; still retrying', { reason, remedy });
  }
}
