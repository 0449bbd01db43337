// SPDX-License-Identifier: Apache-2.0
import type { Grant } from '#domain/grant/grant.ts';
import { firstOf } from '#domain/text/first-of.ts';
import type { Clock } from '#ports/clock.ts';
import type { Logger } from '#ports/logger.ts';

/** More grants than these in a period are counted: a kubelet starts a few pods a second. */
const limit = { lines: 20, periodMs: 1_000 } as const;
const idsShown = 16;

/** Logs what containers get. The device plugin API does not say for which pod a kubelet asks. */
export class GrantLog {
  private periodEnd = Number.NEGATIVE_INFINITY;
  private lines = 0;
  private omitted = 0;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  granted(ids: readonly string[], { resource, hcas, deviceNodes, cdiDevices }: Grant): void {
    if (this.isFull()) return;
    const nodes = deviceNodes.map(({ path }) => path);
    const contents = cdiDevices.length > 0 ? { cdiDevices } : { nodes };
    this.logger.log('info', 'shares granted', { resource, shares: firstOf(ids, idsShown), hcas, ...contents });
  }

  private isFull(): boolean {
    const now = this.clock.now();
    if (now >= this.periodEnd) {
      this.periodEnd = now + limit.periodMs;
      this.lines = 0;
    }
    this.lines += 1;
    if (this.lines <= limit.lines) return false;
    if (this.omitted === 0) this.clock.after(this.periodEnd - now, () => this.reportOmitted());
    this.omitted += 1;
    return true;
  }

  private reportOmitted(): void {
    this.logger.log('info', 'more shares granted', { containers: this.omitted });
    this.omitted = 0;
  }
}
