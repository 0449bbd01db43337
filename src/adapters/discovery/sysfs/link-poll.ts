// SPDX-License-Identifier: Apache-2.0
import type { LinuxHost } from '#adapters/host/root.ts';
import type { Cancel } from '#ports/clock.ts';
import { EventLoopYield } from './event-loop-yield.ts';

/** The longest delay before a link that goes down is noticed. Drivers query the firmware at each read of `state`. */
export const linkPollMs = 2_000;

/**
 * Calls `onChange` when the state of any port differs from the previous poll. The kernel does not announce port states:
 * drivers/infiniband/core/sysfs.c reads them on request. Call the returned function to stop.
 */
export function pollLinks(host: LinuxHost, onChange: () => void): Cancel {
  let lastStates: string | null = null;
  let stopped = false;
  let cancelTimer: Cancel = () => {};
  const poll = async (): Promise<void> => {
    const states = await readLinkStates(host);
    if (stopped) return;
    if (lastStates !== null && states !== lastStates) onChange();
    lastStates = states;
    cancelTimer = host.clock.after(linkPollMs, () => void poll());
  };
  void poll();
  return () => {
    stopped = true;
    cancelTimer();
  };
}

/** Returns the text of all `state` files. A failed read is part of the text: a file that disappears is a change. */
export async function readLinkStates({ root, clock }: LinuxHost): Promise<string> {
  const eventLoop = new EventLoopYield(clock);
  const directory = root.path('sys', 'class', 'infiniband');
  const lines: string[] = [];
  for (const hca of root.listNames(directory).toSorted()) {
    await eventLoop.maybeYield();
    for (const port of root.listNames(`${directory}/${hca}/ports`).toSorted()) {
      lines.push(`${hca} ${port} ${root.readText(`${directory}/${hca}/ports/${port}/state`)}`);
    }
  }
  return lines.join('\n');
}
