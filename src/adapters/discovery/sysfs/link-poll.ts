// SPDX-License-Identifier: Apache-2.0
import type { HostRoot } from '#adapters/host/host-root.ts';
import type { Cancel, Clock } from '#ports/clock.ts';
import { EventLoopYield } from './event-loop-yield.ts';

/** A link that fell is known after this long; drivers ask the firmware at each read of `state`, so it is not shorter. */
export const linkPollMs = 2_000;

/**
 * Calls `onChange` when the state of a port differs from what the look before saw. The kernel announces no port state
 * (drivers/infiniband/core/sysfs.c reads it when asked), so it is asked. Returns what ends it.
 */
export function pollLinks(root: HostRoot, clock: Clock, onChange: () => void): () => void {
  let known: string | null = null;
  let stopped = false;
  let cancel: Cancel = () => {};
  const look = async (): Promise<void> => {
    const seen = await readLinkStates(root, clock);
    if (stopped) return;
    if (known !== null && seen !== known) onChange();
    known = seen;
    later();
  };
  const later = (): void => {
    cancel = clock.after(linkPollMs, () => void look());
  };
  void look();
  return () => {
    stopped = true;
    cancel();
  };
}

/** The text of all `state` files. A read that fails is part of the text: going and coming back are changes as well. */
export async function readLinkStates(root: HostRoot, clock: Clock): Promise<string> {
  const pace = new EventLoopYield(clock);
  const directory = root.path('sys', 'class', 'infiniband');
  const lines: string[] = [];
  for (const hca of root.listNames(directory).toSorted()) {
    await pace.rest();
    for (const port of root.listNames(`${directory}/${hca}/ports`).toSorted()) {
      lines.push(`${hca} ${port} ${root.readText(`${directory}/${hca}/ports/${port}/state`)}`);
    }
  }
  return lines.join('\n');
}
