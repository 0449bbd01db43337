// SPDX-License-Identifier: Apache-2.0
import type { LinuxHost } from '#adapters/host/linux-host.ts';
import type { Cancel } from '#ports/clock.ts';
import { portNumbers } from './answers.ts';

/** The longest delay before a link that goes down is noticed. Drivers query the firmware at each read of `state`. */
export const linkPollMs = 2_000;
/** The interval at which HCAs are asked whether their drivers still answer. */
export const answerPollMs = 10_000;

/**
 * Calls `onChange` when the state of any port differs from the previous poll, or a driver stops answering. The kernel
 * does not announce port states: drivers/infiniband/core/sysfs.c reads them on request. Call the returned function to
 * stop.
 */
export function pollLinks(host: LinuxHost, intervalMs: number, onChange: () => void): Cancel {
  let lastStates: string | null = null;
  let stopped = false;
  let cancelTimer: Cancel = () => {};
  const poll = async (): Promise<void> => {
    const states = await readLinkStates(host);
    if (stopped) return;
    if (lastStates !== null && states !== lastStates) onChange();
    lastStates = states;
    cancelTimer = host.clock.after(intervalMs, () => void poll());
  };
  void poll();
  return () => {
    stopped = true;
    cancelTimer();
  };
}

/**
 * Returns the text of all `state` files. A failed read is part of the text: a file that disappears is a change. The
 * states of an HCA that does not answer are one word.
 */
export async function readLinkStates(host: LinuxHost): Promise<string> {
  const directory = host.root.path('sys', 'class', 'infiniband');
  const hcas = host.root.listNames(directory).toSorted();
  return (await Promise.all(hcas.map((hca) => statesOf(host, hca, `${directory}/${hca}`)))).join('\n');
}

async function statesOf({ root, drivers }: LinuxHost, hca: string, directory: string): Promise<string> {
  const answer = await drivers.ask(hca, async (read) => {
    const lines: string[] = [];
    for (const port of portNumbers(root, directory))
      lines.push(`${hca} ${port} ${await read(`${directory}/ports/${port}/state`)}`);
    return lines.join('\n');
  });
  return answer.answered ? answer.value : `${hca} silent`;
}
