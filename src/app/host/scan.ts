// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, createProblem, messageOf, problemsOf } from '#domain/problem/problem.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { hasUnfinishedHca } from '#domain/hca/incomplete.ts';
import type { Clock } from '#ports/clock.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { type Logger, logError } from '#ports/logger.ts';
import { BoundedStep, unfinished } from '../bounded-step.ts';

/**
 * The kernel creates the nodes of an HCA within some milliseconds after the RDMA device (ib_register_device calls the
 * clients that create them), and devtmpfs and udev follow.
 */
const nodesDelayMs = 250;

/** Scans the host. A scan without a result is a partial inventory without HCAs: an old one may no longer be true. */
export class HostScan {
  private readonly step: BoundedStep;
  private lastDefect = '';
  /** The names of the HCAs that the latest scan found. */
  private known: ReadonlySet<string> = new Set();

  constructor(
    private readonly discovery: HcaDiscovery,
    private readonly clock: Clock,
    private readonly logger: Logger,
    onLate: () => void,
  ) {
    this.step = new BoundedStep(clock, scanTimeout, onLate);
  }

  /**
   * Never rejects: a failure is a problem in the inventory. A scan that finds an HCA while the kernel still creates its
   * device nodes is repeated once.
   */
  async scan(): Promise<Inventory> {
    const { known } = this;
    const first = await this.scanOnce();
    if (!hasUnfinishedHca(first.hcas, known)) return first;
    await new Promise<void>((resolve) => {
      this.clock.after(nodesDelayMs, resolve);
    });
    return await this.scanOnce();
  }

  private async scanOnce(): Promise<Inventory> {
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
    const inventory = await this.step.run(() => this.discovery.scan());
    this.known = new Set(inventory.hcas.map(({ name }) => name));
    return inventory;
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
  remedy: 'Search dmesg for a hanging driver. Shares become healthy again when the scan finishes.',
});

function withoutHcas(problems: readonly Problem[]): Inventory {
  return { hcas: [], netnsMode: null, problems, isPartial: true };
}
