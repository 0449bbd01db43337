// SPDX-License-Identifier: Apache-2.0
import type { HolderStatus } from '#domain/status/holders.ts';
import { type Html, html } from './html.ts';

/** Draws how many of the shares are held. `holders` is null if that is unknown. */
export function sharesBar(
  { all, healthy }: { readonly all: number; readonly healthy: number },
  holders: readonly HolderStatus[] | null,
): Html {
  const count = `${healthy} of ${all} shares available`;
  if (holders === null) return html`<p>${count}</p>`;
  const held = holders.reduce((sum, { shareIds }) => sum + shareIds.length, 0);
  const percent = all === 0 ? 0 : Math.min(100, Math.round((held / all) * 100));
  return html`<p>${count}, ${held} held</p>
<div class="bar" role="img" aria-label="${percent} percent held"><div style="width:${percent}%"></div></div>`;
}
