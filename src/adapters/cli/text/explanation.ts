// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '#domain/collections/group-by.ts';
import type { ExplainedHca, ExplainedResource, Explanation, Judgement } from '#domain/explanation/explanation.ts';
import { type Problem, hasCode } from '#domain/problem/problem.ts';
import { firstOf } from '#domain/text/first-of.ts';
import { escapeControls } from '#domain/text/printable.ts';
import { shareLines } from './share.ts';
import { aligned, lineWidth, wrapped } from './table.ts';

export interface ExplanationStyle {
  readonly wide: boolean;
  readonly headers: boolean;
  /** Whether to name every HCA that a resource leaves out, not only some. */
  readonly full: boolean;
}

/** Returns the explanation of the resources for a terminal: a paragraph for each, then what else is to be said. */
export function explanationText(explanation: Explanation, style: ExplanationStyle): string {
  const { resources, rejected, unselected } = explanation;
  return paragraphs([
    ...resources.map((resource) => resourceLines(resource, style)),
    ...rejected.map(({ name, problems }) => [
      `${name}  rejected`,
      ...problems.flatMap((one) => problemLines(one, '  ')),
    ]),
    ...(unselected.length === 0 ? [] : [indented(`Not in any resource: ${firstOf(unselected, 16, ' and ')}`, '')]),
    ...otherProblems(explanation).map((problem) => problemLines(problem, '')),
  ]);
}

/** Returns for a terminal how each resource judges one HCA. */
export function hcaText(hca: string, { resources }: Explanation): string {
  return paragraphs(resources.map((resource) => judgementLines(hca, resource)));
}

function judgementLines(hca: string, resource: ExplainedResource): readonly string[] {
  const selected = resource.hcas.find(({ name }) => name === hca);
  const other = resource.others.find((judgement) => judgement.hca === hca);
  const reason = other?.reason ?? resource.emptyReason ?? 'the kubelet cannot take its shares';
  if (selected === undefined) return [resource.resource, ...indented(`not selected: ${reason}`, '  ')];
  const { shares, problem } = selected;
  const count = shares === null ? 'selected' : `selected, ${countText(shares)}`;
  return [
    resource.resource,
    `  ${count}`,
    ...(problem === null ? [] : indented(`unhealthy: ${problem}`, '  ')),
    ...(selected.remedy === null ? [] : indented(selected.remedy, '    ')),
    ...shareLines(resource.share ?? selected.share, whatOf(resource, selected)),
  ];
}

function resourceLines(resource: ExplainedResource, style: ExplanationStyle): readonly string[] {
  const { hcas, others, emptyReason, remedy, share } = resource;
  const example = share === null ? hcas.find((hca) => hca.share !== null) : hcas[0];
  return [
    `${resource.resource}  ${countText(resource.shares)}`,
    ...indented(sharingText(resource), '  '),
    ...(emptyReason === null ? [] : indented(`No share is healthy: ${emptyReason}.`, '  ')),
    ...(remedy === null ? [] : indented(remedy, '    ')),
    ...hcaTable(hcas, style).map((line) => `  ${line}`),
    ...remedyLines(hcas, resource),
    ...(emptyReason === null || style.full ? otherLines(others, style.full) : []),
    ...(example === undefined ? [] : shareLines(share ?? example.share, whatOf(resource, example))),
  ];
}

function countText({ all, healthy }: { readonly all: number; readonly healthy: number }): string {
  return all === 0 ? 'no shares' : `${healthy} of ${all} shares healthy`;
}

function sharingText({ sharing, allocationPolicy, maxSharesPerContainer: limit, hcas }: ExplainedResource): string {
  const hint = hcas.length > 1 ? '; with "sharing: device", one HCA' : '';
  const order = allocationPolicy === 'spread' ? 'spread over the HCAs' : 'packed on few HCAs';
  const kind = sharing === 'pool' ? `a share gives all HCAs${hint}` : `a share gives one HCA; shares are ${order}`;
  return limit === null ? kind : `${kind}; at most ${limit} for a container`;
}

function whatOf({ sharing, hcas }: ExplainedResource, { name }: ExplainedHca): string {
  if (sharing === 'device') return `A share of ${name} gives a container:`;
  return hcas.length === 1
    ? 'A share gives a container:'
    : `A share gives a container ${hcas.length === 2 ? 'both' : `all ${hcas.length}`} HCAs:`;
}

interface Column {
  readonly title: string;
  /** Only in the wide table. */
  readonly wide?: true;
  readonly cell: (hca: ExplainedHca) => string;
}

const columns: readonly Column[] = [
  { title: 'HCA', cell: ({ name }) => name },
  { title: 'PCI ADDRESS', cell: ({ pciAddress }) => pciAddress ?? '-' },
  { title: 'NUMA', cell: ({ numaNode }) => numaNode?.toString() ?? '-' },
  {
    title: 'PORTS',
    wide: true,
    cell: ({ ports }) => listed(ports.map(({ number, state }) => `${number}:${state ?? '?'}`)),
  },
  { title: 'LINK LAYER', wide: true, cell: ({ ports }) => listed(ports.map(({ linkLayer }) => linkLayer ?? '?')) },
  { title: 'NETDEVS', wide: true, cell: ({ netdevs }) => listed(netdevs) },
  { title: 'DISCOVERY', wide: true, cell: ({ discovery }) => discovery ?? '-' },
  { title: 'SHARES', cell: ({ shares }) => (shares === null ? 'all' : String(shares.all)) },
  { title: 'STATE', cell: ({ problem }) => stateOf(problem) },
];

function stateOf(problem: string | null): string {
  if (problem === null) return 'healthy';
  return problem.length > problemInTable ? 'unhealthy' : problem.replace(/^it has /, '');
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? '-' : [...new Set(texts)].join(',');
}

function hcaTable(hcas: readonly ExplainedHca[], { wide, headers }: ExplanationStyle): readonly string[] {
  if (hcas.length === 0) return [];
  const shown = columns.filter((column) => wide || column.wide !== true);
  const titles = headers ? [shown.map(({ title }) => title)] : [];
  return aligned([...titles, ...hcas.map((hca) => shown.map(({ cell }) => cell(hca)))]);
}

/** A longer problem does not fit into the table: it stands below. */
const problemInTable = 24;

/** HCAs with the same problem share a line. What the resource says too is not repeated. */
function remedyLines(
  hcas: readonly ExplainedHca[],
  { emptyReason, remedy: ofResource }: ExplainedResource,
): readonly string[] {
  const ill = hcas.filter(({ problem }) => problem !== null);
  return [...groupBy(ill, ({ problem, remedy }) => `${problem}\n${remedy}`).values()].flatMap((alike) => {
    const [{ problem, remedy } = { problem: null, remedy: null }] = alike;
    const names = firstOf(
      alike.map(({ name }) => name),
      8,
      ' and ',
    );
    const isLong = problem !== null && problem.length > problemInTable && emptyReason?.includes(problem) !== true;
    const own = remedy === ofResource ? null : remedy;
    if (isLong) return [...indented(`${names}: ${problem}.`, '  '), ...(own === null ? [] : indented(own, '    '))];
    return own === null ? [] : indented(`${names}: ${own}`, '  ');
  });
}

const othersShown = 3;

/** HCAs that were left out for the same reason share a line. */
function otherLines(others: readonly Judgement[], full: boolean): readonly string[] {
  const groups = [...groupBy(others, ({ reason }) => reason)];
  const shown = full ? groups : groups.slice(0, othersShown);
  const hidden = groups.slice(shown.length).flatMap(([, alike]) => alike).length;
  return [
    ...shown.flatMap(([reason, alike]) => {
      const names = alike.map(({ hca }) => hca);
      return indented(`Left out: ${firstOf(names, 8)} (${reason})`, '  ');
    }),
    ...(hidden === 0 ? [] : [`  Left out: ${hidden} more`]),
  ];
}

/** Returns the problems that the paragraphs of the resources do not show. */
function otherProblems({ resources, problems }: Explanation): readonly Problem[] {
  const names = new Set(resources.map(({ resource }) => resource));
  const isShown = (problem: Problem): boolean =>
    hasCode(problem, 'HCA_NODES_MISSING', 'HCA_UNHEALTHY') ||
    (hasCode(problem, 'RESOURCE_EMPTY') && names.has(problem.subject));
  return problems.filter((problem) => !isShown(problem));
}

function problemLines({ message, remedy }: Problem, indent: string): readonly string[] {
  return [...indented(message, indent), ...indented(remedy, `${indent}  `)];
}

function indented(text: string, indent: string): readonly string[] {
  return wrapped(text, lineWidth - indent.length).map((line) => `${indent}${line}`);
}

function paragraphs(parts: readonly (readonly string[])[]): string {
  return `${parts.map((lines) => lines.map(escapeControls).join('\n')).join('\n\n')}\n`;
}
