// SPDX-License-Identifier: Apache-2.0
import type { LogFields, LogLevel, Logger } from '#ports/logger.ts';
import type { AllocationMeasurement, Observer, ServingEvent } from '#ports/observer.ts';
import { type GenerationEnd, stableMs } from './back-off.ts';
import { withoutSocketNames } from '../sockets/socket-name.ts';
import type { MethodChoice } from './method.ts';

/** After this many ends of one cause in a row, the log suggests where to look. */
const manyEnds = 5;
/** Reasons of one cause can differ each time, for example by a time. This many are logged in a row. */
const manyReasons = 3;

/** Logs and counts what happens to the registration of one resource. */
export class RegistrationReport {
  private lastCause = '';
  private endsOfCause = 0;
  private readonly reasonsOfCause = new Set<string>();

  constructor(
    private readonly logger: Logger,
    private readonly observer: Observer,
    private readonly resource: string,
    private readonly method: MethodChoice,
  ) {}

  count(event: ServingEvent): void {
    this.observer.resourceEvent(this.resource, event);
  }

  allocated(allocation: AllocationMeasurement): void {
    this.observer.allocationAnswered(this.resource, allocation);
  }

  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.logger.log(level, message, { resource: this.resource, method: this.method.current, ...fields });
  }

  registered(shares: number, socket: string): void {
    this.count('registered');
    this.log(this.endsOfCause > 1 ? 'debug' : 'info', 'registered with kubelet', { shares, socket });
  }

  /** Logs why a generation ended. Consecutive ends that are alike are logged once: they may continue for months. */
  ended({ cause, reason, servedMs }: GenerationEnd, retryInMs: number): void {
    const isNews = this.isNews(`${this.method.current} ${cause}`, reason, servedMs);
    this.log(isNews ? 'warning' : 'debug', 're-registering', { reason, retryInMs });
    if (this.endsOfCause !== manyEnds) return;
    const remedy =
      cause === 'connection-lost'
        ? 'Look for another plugin on this node that registers the same resource.'
        : 'Read the log of the kubelet, which fails to register the resource again and again.';
    this.log('warning', 'registration keeps failing with the same error; still retrying', { reason, remedy });
  }

  /** A kubelet names our socket in its reasons, and each generation has another one. */
  private isNews(cause: string, reason: string, servedMs: number): boolean {
    if (cause !== this.lastCause || servedMs >= stableMs) {
      this.endsOfCause = 0;
      this.reasonsOfCause.clear();
    }
    this.lastCause = cause;
    this.endsOfCause += 1;
    const known = this.reasonsOfCause.size;
    if (known < manyReasons) this.reasonsOfCause.add(withoutSocketNames(reason));
    return this.reasonsOfCause.size > known;
  }
}
