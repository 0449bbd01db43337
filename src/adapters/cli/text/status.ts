// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import type { HolderStatus } from '#domain/status/holders.ts';
import type { NodeStatus, ResourceStatus } from '#domain/status/node-status.ts';
import { firstOf } from '#domain/text/first-of.ts';
import { escapeControls } from '#domain/text/printable.ts';
import { aligned, lineWidth, wrapped } from './table.ts';

export interface StatusStyle {
  readonly wide: boolean;
  readonly headers: boolean;
}

/** How many changes the table shows. The data formats have all that the program remembers. */
const changesShown = { table: 5, wide: 32 } as const;

/** Returns the status for a terminal: the program, its resources, who holds shares, problems, and the last changes. */
export function statusText(status: NodeStatus, style: StatusStyle): string {
  const paragraphs = [
    programLines(status),
    resourceLines(status.resources, style),
    style.wide ? hcaLines(status.resources, style) : [],
    holderLines(status.holders, style),
    problemLines(status),
    changeLines(status, style),
  ];
  return `${paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => line.trimEnd()).join('\n'))
    .join('\n\n')}\n`;
}

function programLines({ program, ready, missing, settings }: NodeStatus): readonly string[] {
  const { generation, hash, nodeEntries, lastRead } = settings;
  const entries = nodeEntries.length === 0 ? '' : `, with ${firstOf(nodeEntries, 4, ' and ')}`;
  const inEffect = hash === null ? 'none in effect' : `generation ${generation}, hash ${hash}${entries}`;
  const outcome = lastRead?.valid === false ? 'rejected; those before stay in effect' : 'valid';
  const rows = [
    ['Node:', program.node ?? 'name not set'],
    ['Program:', `${program.version}, commit ${program.commit}, pid ${program.pid}`],
    ['Running since:', program.startedAt],
    ['Settings:', inEffect],
    ['Settings read:', lastRead === null ? 'none yet' : `${lastRead.at}, ${outcome}`],
    ['Ready:', ready ? 'yes' : 'no'],
  ];
  return [...aligned(rows), ...missing.flatMap((sentence) => said(sentence, null, '  '))];
}

const registrationWords = { registered: 'registered', 'not-registered': 'not registered', standby: 'standby' } as const;

function resourceLines(resources: readonly ResourceStatus[], { wide, headers }: StatusStyle): readonly string[] {
  if (resources.length === 0) return [];
  const title = ['RESOURCE', 'STATE', 'SHARES', 'HEALTHY', 'HCAS', 'GRANTED', 'REFUSED'];
  const rows = resources.map(({ resource, registration, shares, hcas, allocations, since, registrations }) => [
    resource,
    registrationWords[registration],
    String(shares.all),
    String(shares.healthy),
    String(hcas.length),
    String(allocations.granted),
    String(allocations.refused),
    ...(wide ? [since ?? '-', String(registrations)] : []),
  ]);
  return aligned([...(headers ? [[...title, ...(wide ? ['SINCE', 'REGISTRATIONS'] : [])]] : []), ...rows]);
}

function hcaLines(resources: readonly ResourceStatus[], { headers }: StatusStyle): readonly string[] {
  const rows = resources.flatMap(({ resource, hcas }) =>
    hcas.map(({ name, pciAddress, numaNode, ports, shares, problem }) => [
      name,
      pciAddress ?? '-',
      numaNode?.toString() ?? '-',
      ports.map(({ number, state }) => `${number}:${state ?? '?'}`).join(','),
      shares === null ? 'all' : `${shares.healthy}/${shares.all}`,
      resource,
      problem ?? 'healthy',
    ]),
  );
  const title = ['HCA', 'PCI ADDRESS', 'NUMA', 'PORTS', 'SHARES', 'RESOURCE', 'STATE'];
  return rows.length === 0 ? [] : aligned([...(headers ? [title] : []), ...rows]);
}

function holderLines(holders: NodeStatus['holders'], { wide, headers }: StatusStyle): readonly string[] {
  if (holders === null) return [];
  if (holders.length === 0) return ['No container holds a share.'];
  const title = ['POD', 'CONTAINER', 'RESOURCE', 'SHARES', 'HCAS', 'SINCE'];
  const rows = holders.map((holder) => [
    `${holder.namespace}/${holder.pod}`,
    holder.container,
    holder.resource,
    wide ? firstOf(holder.shareIds, 8) : String(holder.shareIds.length),
    firstOf(holder.hcas, wide ? 16 : 4) || '-',
    holder.since ?? 'unknown',
  ]);
  return [...aligned([...(headers ? [title] : []), ...rows]), ...holders.flatMap(staleLines)];
}

function staleLines({ namespace, pod, container, stale }: HolderStatus): readonly string[] {
  if (stale.length === 0) return [];
  const hcas = firstOf(stale, 8, ' and ');
  return said(
    `Container ${container} of ${namespace}/${pod} still has the device nodes of ${hcas} from before a change.`,
    'Restart the pod.',
    '  ',
  );
}

function problemLines({ problems, rejected, settings }: NodeStatus): readonly string[] {
  const errors: readonly Problem[] = [
    ...(settings.lastRead?.problems ?? []),
    ...rejected.flatMap((resource) => resource.problems),
  ];
  const lines = [...errors, ...problems].flatMap(({ message, remedy }) => said(message, remedy));
  return lines.length === 0 ? ['No problems.'] : ['Problems:', ...lines];
}

function changeLines({ changes }: NodeStatus, { wide }: StatusStyle): readonly string[] {
  const last = changes.slice(wide ? -changesShown.wide : -changesShown.table);
  const indent = ' '.repeat('2026-01-01T00:00:00.000Z  '.length);
  const lines = last.toReversed().flatMap(({ at, message }) => {
    const [first = '', ...others] = wrapped(escapeControls(message), lineWidth - indent.length);
    return [`${at}  ${first}`, ...others.map((line) => indent + line)];
  });
  return lines.length === 0 ? [] : ['Last changes:', ...lines];
}

function said(sentence: string, remedy: string | null, indent = ''): readonly string[] {
  return [
    ...wrapped(escapeControls(sentence), lineWidth - indent.length).map((line) => indent + line),
    ...(remedy === null ? [] : wrapped(escapeControls(remedy), lineWidth - 2).map((line) => `  ${line}`)),
  ];
}
