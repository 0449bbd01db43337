// SPDX-License-Identifier: Apache-2.0
import { ProblemError } from '#domain/problem/problem.ts';
import type { Logger } from '#ports/logger.ts';
import type { NodeEvent, NodeEvents } from '#ports/node-events.ts';

/** Events that are made ready at the first news, so that what they need is loaded only then. Where that fails, the log says why, once, and nothing is told. */
export class LateNodeEvents implements NodeEvents {
  private made: Promise<NodeEvents | null> | null = null;
  private stopped = false;

  constructor(
    private readonly make: () => Promise<NodeEvents>,
    private readonly logger: Logger,
  ) {}

  post(event: NodeEvent): void {
    if (this.stopped) return;
    this.made ??= this.make().catch((error: unknown) => this.explain(error));
    void this.made.then((events) => events?.post(event));
  }

  stop(): void {
    this.stopped = true;
    void this.made?.then((events) => events?.stop());
  }

  private explain(error: unknown): null {
    if (!(error instanceof ProblemError))
      this.logger.log('warning', 'cannot post Node events', { error: String(error) });
    else
      for (const { message, code, subject, remedy } of error.problems)
        this.logger.log('warning', message, { code, subject, remedy });
    return null;
  }
}
