// SPDX-License-Identifier: Apache-2.0
import type { LogFields, LogLevel } from '#ports/logger.ts';
import type { RegistrationMethod, RegistrationParts } from './parts.ts';

/** Logs and counts what happens while one generation of a resource serves. */
export class GenerationReport {
  constructor(
    private readonly parts: Pick<RegistrationParts, 'logger' | 'metrics'>,
    private readonly resource: string,
    private readonly method: RegistrationMethod,
  ) {}

  waiting(reason: string): void {
    this.log('warning', 'waiting for kubelet', { reason });
  }

  registered(level: LogLevel, shares: number, socket: string): void {
    this.parts.metrics.resourceEvent(this.resource, 'registered');
    this.log(level, 'registered with kubelet', { shares, socket });
  }

  unregistered(): void {
    this.parts.metrics.resourceEvent(this.resource, 'unregistered');
  }

  granted(): void {
    this.parts.metrics.resourceEvent(this.resource, 'granted');
  }

  refused(reason: string): void {
    this.parts.metrics.resourceEvent(this.resource, 'refused');
    this.log('warning', 'Allocate refused', { reason });
  }

  private log(level: LogLevel, message: string, fields: LogFields): void {
    this.parts.logger.log(level, message, { resource: this.resource, method: this.method, ...fields });
  }
}
