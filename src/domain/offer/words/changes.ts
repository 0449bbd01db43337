// SPDX-License-Identifier: Apache-2.0
import { splitNodePath } from '../../hca/device-node-path.ts';
import type { DeviceNode, Hca } from '../../hca/hca.ts';
import { labelOf } from '../../hca/label.ts';
import { firstOf } from '../../text/first-of.ts';
import type { HcaBefore } from '../conditions/condition.ts';

/**
 * Describes how an HCA has changed under the containers that hold it, as complete sentences. The nodes of one kind
 * stand for all: they move together.
 */
export function describeChange(hca: Hca, before: HcaBefore, resources: string): string {
  const kind = before.nodes.find((node) => !has(hca, node))?.kind ?? before.nodes[0]?.kind;
  const held = before.nodes.filter((node) => node.kind === kind);
  const [then, now] = [namesOf(held), namesOf(hca.deviceNodes.filter((node) => node.kind === kind))];
  const what = then === now ? describeReturn(hca, before) : describeMove(hca, before, then, now);
  const effect = then === now ? effectOfReturn(before) : effectOfMove(before, held);
  return `HCA ${labelOf(hca)} ${what}. Containers of ${resources} started before this change ${effect}.`;
}

/** Returns who must be restarted, as a complete sentence. */
export function restartRemedy(holders: HcaBefore['holders'], resources: string): string {
  if (holders === null) return `Restart the pods that use ${resources} and were started before.`;
  const pods = [...new Set(holders.map(({ namespace, pod }) => `${namespace}/${pod}`))];
  return `Restart ${pods.length === 1 ? 'the pod' : 'the pods'} ${firstOf(pods, 8, ' and ')}.`;
}

function describeReturn({ name }: Hca, before: HcaBefore): string {
  if (before.name === name) return 'was gone and is back';
  return before.wasAbsent ? `is back; it was ${before.name}` : `was ${before.name} before`;
}

function effectOfReturn({ wasAbsent }: HcaBefore): string {
  return wasAbsent ? 'cannot use what they had open' : 'have its old name in their environment';
}

function describeMove({ name }: Hca, before: HcaBefore, then: string, now: string): string {
  const verb = before.wasAbsent ? 'is back with' : 'now has';
  return name === before.name
    ? `${verb} ${now} instead of ${then}`
    : `${verb} ${now}; it was ${before.name} with ${then}`;
}

function effectOfMove({ reused }: HcaBefore, held: readonly DeviceNode[]): string {
  const taken = reused.find(({ path }) => held.some((node) => node.path === path));
  if (taken === undefined) return `still hold ${namesOf(held)}`;
  return `still hold ${nameOf(taken.path)}, which now belongs to ${labelOf(taken.owner)}`;
}

function has({ deviceNodes }: Hca, { path }: DeviceNode): boolean {
  return deviceNodes.some((node) => node.path === path);
}

function namesOf(nodes: readonly DeviceNode[]): string {
  return nodes.length === 0
    ? 'no device node'
    : firstOf(
        nodes.map(({ path }) => nameOf(path)),
        4,
      );
}

function nameOf(path: string): string {
  return splitNodePath(path)[1];
}
