// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, createProblem, messageOf, problemsOf } from '#domain/problem/problem.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import type { Clock } from '#ports/clock.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { type Logger, logError } from '#ports/logger.ts';
import { BoundedStep, unfinished } from '../bounded-step.ts';

/** Scans the host. A scan without a result counts as a host without HCAs: an old inventory may no longer be true. */
export class HostScan {
  private readonly step: BoundedStep;
  private lastDefect = '';

  constructor(
    private readonly discovery: HcaDiscovery,
    clock: Clock,
    private readonly logger: Logger,
    onLate: () => void,
  ) {
    this.step = new BoundedStep(clock, scanTimeout, onLate);
  }

  /** Never rejects: a failure is a problem in the inventory. */
  async scan(): Promise<Inventory> {
    try {
      return await this.scanInTime();
    } catch (error) {
      this.logDefect(error);
      return withoutHcas(problemsOf(error));
    }
  }

  /** As `scan`, but rejects if the host cannot be scanned at all. A scan that exceeds its deadline may still finish. */
  async scanAtStart(): Promise<Inventory> {
    try {
      return await this.scanInTime();
    } catch (error) {
      if (error instanceof ProblemError && error.problems.includes(scanTimeout)) return withoutHcas(error.problems);
      throw error;
    }
  }

  private async scanInTime(): Promise<Inventory> {
    return await this.step.run(() => this.discovery.scan());
  }

  /** Logs the stack of a defect, which the problem in the inventory lacks. */
  private logDefect(error: unknown): void {
    if (error instanceof ProblemError || messageOf(error) === this.lastDefect) return;
    this.lastDefect = messageOf(error);
    logError(this.logger, error);
  }
}

const scanTimeout = createProblem('SCAN_TIMEOUT', {
  subject: 'discovery',
  message: `The scan for HCAs ${unfinished}, so no HCAs are offered.`,
  remedy: 'Look for a hanging driver in the kernel log (dmesg). Shares become healthy again when the scan finishes.',
});

function withoutHcas(problems: readonly Problem[]): Inventory {
  return { hcas: [], netnsMode: null, problems };
}
