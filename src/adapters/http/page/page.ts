// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '#domain/collections/group-by.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { Change, NodeStatus, ResourceStatus } from '#domain/status/node-status.ts';
import { firstOf } from '#domain/text/first-of.ts';
import { type SelectedHca, hcaCard } from './hca-card.ts';
import { holderList } from './holder-list.ts';
import { type Html, html } from './html.ts';
import { sharesBar } from './shares-bar.ts';
import { style } from './style.ts';

/** A node can have a thousand of each: a page shows the first. */
const shown = { hcas: 256, resources: 128, problems: 64 } as const;

/** Returns the page of the node for people: what it offers, who holds it, and what is wrong. It needs no script. */
export function statusPage(status: NodeStatus): string {
  const { program, resources, holders, unselected, problems, changes } = status;
  const name = program.node ?? 'this node';
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>RDMA shares of ${name}</title>
${style}
</head>
<body>
<header>
<h1>RDMA shares of ${name}</h1>
${summary(status)}
</header>
<main>
${problemList(status)}
<h2>Resources</h2>
<div class="cards">
${resources.slice(0, shown.resources).map((resource) => resourceCard(resource, holders))}</div>
${hcasByNumaNode(resources, holders)}${unselectedHcas(unselected)}${changeList(changes)}</main>
<footer class="soft">
${omitted(resources.length, problems.length)}<p>As text: rdma-shared-dp status --pods.
For monitoring: <a href="/metrics">/metrics</a>, <a href="/readyz">/readyz</a>.</p>
</footer>
</body>
</html>
`.text;
}

const nothing = html``;

function summary({ ready, missing, settings, program }: NodeStatus): Html {
  const { generation, hash, lastRead } = settings;
  const word = ready ? html`<b class="good">Ready</b>` : html`<b class="bad">Not ready</b>`;
  const inEffect = hash === null ? 'No settings are in effect.' : `Settings: generation ${generation}, hash ${hash}.`;
  const rejected = lastRead?.valid === false ? ['The newest settings are rejected.'] : [];
  return html`<p>${word}. ${inEffect}</p>
${[...missing, ...rejected].map(
  (sentence) => html`<p class="bad">${sentence}</p>
`,
)}<p class="soft">Version ${program.version}, commit ${program.commit}, running since ${program.startedAt}.</p>`;
}

function problemList({ problems, rejected, settings }: NodeStatus): Html {
  const errors = [...(settings.lastRead?.problems ?? []), ...rejected.flatMap((resource) => resource.problems)];
  if (errors.length + problems.length === 0) return html`<p class="good">No problems.</p>`;
  const all = [
    ...errors.slice(0, shown.problems).map((problem) => problemText(problem, 'problem bad')),
    ...problems.slice(0, shown.problems).map((problem) => problemText(problem, 'problem')),
  ];
  return html`<h2>Problems</h2>
${all}`;
}

function problemText({ message, remedy, code }: Problem, className: string): Html {
  return html`<div class="${className}"><p>${message}</p><p class="soft">${remedy} (${code})</p></div>
`;
}

const registrationWords = {
  registered: ['good', 'registered'],
  'not-registered': ['bad', 'not registered'],
  standby: ['warn', 'another instance serves it'],
} as const;

function resourceCard(resource: ResourceStatus, holders: NodeStatus['holders']): Html {
  const { shares, emptyReason, registration, allocations } = resource;
  const [className, word] = registrationWords[registration];
  const mine = holders?.filter((holder) => holder.resource === resource.resource) ?? null;
  const sharing = resource.sharing === 'pool' ? 'A share gives all HCAs' : 'A share gives one HCA';
  const empty =
    emptyReason === null
      ? nothing
      : html`<p class="bad">No share is healthy.</p>
`;
  return html`<section class="card">
<div class="row"><h3>${resource.resource}</h3><span class="${className}">${word}</span></div>
${sharesBar(shares, mine)}
<p class="soft">${sharing}. Since the start, ${allocations.granted} granted and ${allocations.refused} refused.</p>
${empty}${mine === null ? nothing : holderList(mine)}</section>
`;
}

function hcasByNumaNode(resources: readonly ResourceStatus[], holders: NodeStatus['holders']): readonly Html[] {
  const nodeOf = ({ hca }: SelectedHca): string => (hca.numaNode === null ? '' : String(hca.numaNode));
  const byNode = [...groupBy(selectedHcas(resources).slice(0, shown.hcas), nodeOf)];
  const inOrder = byNode.toSorted(([a], [b]) => (a === '' ? 1 : b === '' ? -1 : Number(a) - Number(b)));
  return inOrder.map(
    ([node, hcas]) => html`<h2>${node === '' ? 'Without a NUMA node' : `NUMA node ${node}`}</h2>
<div class="cards">
${hcas.map((one) => hcaCard(one, holders))}</div>
`,
  );
}

/** Returns each HCA once, with all resources that select it. */
function selectedHcas(resources: readonly ResourceStatus[]): readonly SelectedHca[] {
  const all = resources.flatMap(({ resource, hcas }) => hcas.map((hca) => ({ hca, resource })));
  return [...groupBy(all, ({ hca }) => hca.name).values()].flatMap((alike) => {
    const [first] = alike;
    return first === undefined ? [] : [{ hca: first.hca, resources: alike.map(({ resource }) => resource) }];
  });
}

function unselectedHcas(names: readonly string[]): Html {
  if (names.length === 0) return nothing;
  return html`<p class="soft">In no resource: ${firstOf(names, 32, ' and ')}.</p>
`;
}

function changeList(changes: readonly Change[]): Html {
  if (changes.length === 0) return nothing;
  const rows = changes.toReversed().map(
    ({ at, message }) => html`<tr><td>${at}</td><td>${message}</td></tr>
`,
  );
  return html`<h2>Last changes</h2>
<table>
${rows}</table>
`;
}

function omitted(resources: number, problems: number): Html {
  const parts = [
    ...(resources > shown.resources ? [`${resources - shown.resources} resources`] : []),
    ...(problems > shown.problems ? [`${problems - shown.problems} problems`] : []),
  ];
  if (parts.length === 0) return nothing;
  return html`<p>Not shown: ${parts.join(' and ')}.</p>
`;
}
