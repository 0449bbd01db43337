// SPDX-License-Identifier: Apache-2.0
import type { NodeStatus, ResourceStatus } from '#domain/status/node-status.ts';
import { firstOf } from '#domain/text/first-of.ts';
import { holderList } from './holder-list.ts';
import { type Html, html } from './html.ts';
import { sharesBar } from './shares-bar.ts';

type Hca = ResourceStatus['hcas'][number];

/** An HCA with the resources that select it. */
export interface SelectedHca {
  readonly hca: Hca;
  readonly resources: readonly string[];
}

/** Draws an HCA: its ports, its shares if they are its own, and who holds it. */
export function hcaCard({ hca, resources }: SelectedHca, holders: NodeStatus['holders']): Html {
  const { name, pciAddress, ports, netdevs, shares, problem } = hca;
  const state = problem === null ? html`<span class="good">healthy</span>` : html`<span class="bad">unhealthy</span>`;
  const mine = holders?.filter((holder) => holder.hcas.includes(name)) ?? null;
  const advice =
    problem === null
      ? html``
      : html`<p class="bad">${problem}</p>
`;
  return html`<section class="card">
<div class="row"><h3>${name}</h3>${state}</div>
<p class="soft">${[pciAddress, ...netdevs.slice(0, 4)].filter((text) => text !== null).join(', ')}</p>
<p>${ports.map(portText)}</p>
${advice}<p class="soft">in ${firstOf(resources, 4, ' and ')}</p>
${shares === null ? '' : sharesBar(shares, mine)}
${mine === null ? '' : holderList(mine)}</section>
`;
}

function portText({ number, state, linkLayer }: Hca['ports'][number]): Html {
  const className = state === 'ACTIVE' ? 'good' : 'warn';
  const word = html`<span class="${className}">port ${number} ${state ?? 'unknown'}</span>`;
  return html`${word} <span class="soft">${linkLayer ?? ''}</span> `;
}
