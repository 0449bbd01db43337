// SPDX-License-Identifier: Apache-2.0
import type { Output, StatusOptions } from '#adapters/cli/command.ts';
import { statusText } from '#adapters/cli/text/status.ts';
import { SystemClock } from '#adapters/host/system-clock.ts';
import { fetchStatus } from '#adapters/http/status-client.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import type { NodeStatus } from '#domain/status/node-status.ts';
import type { Clock } from '#ports/clock.ts';
import { printData } from './print/data.ts';

/** The time between two questions to a program that is not ready. */
const retryMs = 500;

export interface ShownStatus {
  readonly text: string;
  readonly isReady: boolean;
}

/**
 * Asks the running program for `status`. Waits until it is ready if the options say so. Rejects with a ProblemError if
 * it does not answer.
 */
export async function showStatus(
  options: StatusOptions,
  output: Output,
  clock: Clock = new SystemClock(),
): Promise<ShownStatus> {
  const status = await (options.wait ? readyStatus(options, clock) : fetchStatus(options.socket, options.pods));
  return { text: await formatted(status, output), isReady: status.ready };
}

/** Resolves to the last status, ready or not, when the time is up. */
async function readyStatus({ socket, pods, timeoutMs }: StatusOptions, clock: Clock): Promise<NodeStatus> {
  const end = clock.now() + timeoutMs;
  for (;;) {
    const isLast = clock.now() >= end;
    const status = await fetchStatus(socket, pods).catch((error: unknown) => {
      if (isLast || !(error instanceof ProblemError)) throw error;
      return null;
    });
    if (status !== null && (status.ready || isLast)) return status;
    await new Promise<void>((resolve) => {
      clock.after(Math.min(retryMs, Math.max(0, end - clock.now())), resolve);
    });
  }
}

async function formatted(status: NodeStatus, { format, headers }: Output): Promise<string> {
  switch (format) {
    case 'json':
    case 'yaml':
      return await printData(status, format);
    case 'name':
      return status.resources.map(({ resource }) => `${resource}\n`).join('');
    case 'table':
    case 'wide':
      return statusText(status, { wide: format === 'wide', headers });
  }
}
