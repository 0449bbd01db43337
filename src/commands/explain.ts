// SPDX-License-Identifier: Apache-2.0
import type { Output } from '#adapters/cli/command.ts';
import { explanationText, hcaText } from '#adapters/cli/text/explanation.ts';
import { type Explanation, explain } from '#domain/explanation/explanation.ts';
import type { Injection } from '#domain/grant/grant.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { plan } from '#domain/offer/plan.ts';
import { type Problem, ProblemError, createProblem } from '#domain/problem/problem.ts';
import type { RejectedResource, Settings } from '#domain/settings/settings.ts';
import { firstOf } from '#domain/text/first-of.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { printData } from './print/data.ts';

/** The settings of the node that is explained, or the problems with them. */
type SettingsReading = { readonly warnings: readonly Problem[] } & (
  | { readonly valid: true; readonly settings: Settings; readonly rejected: readonly RejectedResource[] }
  | { readonly valid: false; readonly problems: readonly Problem[] }
);

type ValidReading = Extract<SettingsReading, { readonly valid: true }>;

/** What a command reads of a node. */
export interface ExplainedNode {
  readonly settings: { read(): Promise<SettingsReading> };
  readonly discovery: HcaDiscovery;
  /** Null if the discovery does not find extra nodes. */
  readonly extraNodes: ExtraNodes | null;
  readonly injection: Injection;
}

/** Explains a node for `explain -o`. `target` names a resource or an HCA. Rejects with a ProblemError. */
export async function formatExplanation(parts: ExplainedNode, target: string | null, output: Output): Promise<string> {
  const [reading, inventory] = await Promise.all([parts.settings.read(), parts.discovery.scan()]);
  if (!reading.valid) throw new ProblemError([...reading.problems, ...reading.warnings]);
  const explanation = await explainNode(parts, reading, inventory);
  if (target === null) return await formatted(explanation, output);
  const resource = explanation.resources.filter((one) => isNamed(one.resource, target));
  if (resource.length > 0)
    return await formatted({ resources: resource, rejected: [], unselected: [], problems: [] }, output, true);
  if (!inventory.hcas.some(({ name }) => name === target))
    throw new ProblemError([unknownTarget(target, explanation, inventory)]);
  return await formattedHca(target, explanation, output);
}

/** Explains a node whose settings and HCAs are known. */
export async function explainNode(
  { extraNodes, injection }: ExplainedNode,
  { settings, rejected, warnings }: ValidReading,
  inventory: Inventory,
): Promise<Explanation> {
  const patterns = settings.resources.flatMap(({ deviceNodes }) => deviceNodes.extra);
  const found = patterns.length === 0 ? [] : ((await extraNodes?.find(patterns)) ?? []);
  const explanation = explain(plan(settings, { ...inventory, extraNodes: found }), inventory, rejected, injection);
  return { ...explanation, problems: [...warnings, ...explanation.problems] };
}

/** A resource can be named without its prefix. */
function isNamed(resource: string, target: string): boolean {
  return resource === target || resource.endsWith(`/${target}`);
}

function unknownTarget(target: string, { resources }: Explanation, { hcas }: Inventory) {
  const listed = (names: readonly string[]): string => (names.length === 0 ? 'none' : firstOf(names, 16, ' and '));
  return createProblem('EXPLAIN_TARGET_UNKNOWN', {
    subject: target,
    message:
      `${target} is neither a resource of the settings (${listed(resources.map(({ resource }) => resource))}) ` +
      `nor an HCA of this node (${listed(hcas.map(({ name }) => name))}).`,
    remedy: 'Name one of these, or nothing to see all.',
  });
}

async function formatted(explanation: Explanation, { format, headers }: Output, full = false): Promise<string> {
  switch (format) {
    case 'json':
    case 'yaml':
      return await printData(explanation, format);
    case 'name':
      return explanation.resources.map(({ resource }) => `${resource}\n`).join('');
    case 'table':
    case 'wide':
      return explanationText(explanation, { wide: format === 'wide', headers, full });
  }
}

async function formattedHca(hca: string, explanation: Explanation, { format }: Output): Promise<string> {
  const resources = explanation.resources.filter(({ hcas }) => hcas.some(({ name }) => name === hca));
  if (format === 'name') return resources.map(({ resource }) => `${resource}\n`).join('');
  if (format === 'table' || format === 'wide') return hcaText(hca, explanation);
  const judged = explanation.resources.map(({ resource, hcas, others }) => ({
    resource,
    hca: hcas.find(({ name }) => name === hca) ?? null,
    reason: others.find((judgement) => judgement.hca === hca)?.reason ?? null,
  }));
  return await printData({ hca, resources: judged }, format);
}
