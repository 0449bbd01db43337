// SPDX-License-Identifier: Apache-2.0
import type { HolderStatus } from '#domain/status/holders.ts';
import { type Html, html } from './html.ts';

/** A share of a pool can be held by thousands of containers. */
const holdersShown = 16;

/** Lists who holds shares. */
export function holderList(holders: readonly HolderStatus[]): Html {
  if (holders.length === 0) return html``;
  const hidden = holders.length - holdersShown;
  const more = hidden > 0 ? html`<li class="soft">and ${hidden} more containers</li>` : html``;
  return html`<ul>${holders.slice(0, holdersShown).map(holderItem)}${more}</ul>
`;
}

function holderItem({ namespace, pod, container, shareIds, stale }: HolderStatus): Html {
  const count = shareIds.length === 1 ? '1 share' : `${shareIds.length} shares`;
  const advice =
    stale.length === 0 ? html`` : html` <b class="warn">must be restarted: ${stale.join(', ')} changed</b>`;
  return html`<li>${namespace}/${pod} ${container}: ${count}${advice}</li>`;
}
