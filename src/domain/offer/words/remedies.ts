// SPDX-License-Identifier: Apache-2.0
import { nodeModules } from '../../hca/device-node-kinds.ts';
import type { DeviceNodeKind } from '../../hca/hca.ts';
import { firstOf } from '../../text/first-of.ts';
import { matchesGlob } from '../../text/glob.ts';
import type { UnhealthyReason } from '../health.ts';
import type { Verdict } from '../verdict.ts';

/** Returns what to do about HCAs that are selected and not usable: one remedy for each cause. */
export function unusableRemedy(verdicts: readonly Verdict[]): string {
  return [...new Set(verdicts.flatMap(unhealthyRemedies))].join(' ');
}

/** Returns what to do if no HCA is selected: one remedy for each cause. */
export function unselectedRemedy(verdicts: readonly Verdict[]): string {
  const misplaced = rdmaDevicesInIfNames(verdicts);
  const fields = fieldsOf(verdicts, 'not-matched').filter((field) => field !== 'ifNames' || misplaced.length === 0);
  const exclusions = fieldsOf(verdicts, 'excluded');
  const remedies = [
    misplaced.length === 0
      ? null
      : `Move ${firstOf(misplaced, 3)} into selectors.rdmaDevices: these are RDMA devices, not network interfaces.`,
    fields.length === 0
      ? null
      : `Compare ${fields.join(', ')} of the selectors with "rdma-shared-dp discover -o wide", ` +
        'or load the driver of the missing HCA.',
    misplaced.length === 0 && verdicts.some(hasNetdevAway)
      ? 'If the network interface is in a pod, select by another key than ifNames, or delete that pod.'
      : null,
    verdicts.some(isManagementOnly)
      ? 'Load the driver of the missing HCA; if the HCA for fabric management is meant, ' +
        'remove uverbs from deviceNodes.required.'
      : null,
    exclusions.length === 0 ? null : `Remove the entry from ${exclusions.join(', ')} of exclude if the HCA is meant.`,
  ];
  return remedies.filter((remedy) => remedy !== null).join(' ');
}

function hasNetdevAway({ selection }: Verdict): boolean {
  return !selection.selected && selection.kind === 'not-matched' && selection.portWithoutNetdev !== undefined;
}

function isManagementOnly({ selection }: Verdict): boolean {
  return !selection.selected && selection.kind === 'management-only';
}

export const subnetManagerRemedy = 'Start a subnet manager for the InfiniBand fabric: opensm, or that of the switch.';

/** Returns what brings a selected HCA into service; null if nothing is wrong with it. */
export function verdictRemedy(verdict: Verdict): string | null {
  const remedies = unhealthyRemedies(verdict);
  return remedies.length === 0 ? null : remedies.join(' ');
}

function unhealthyRemedies({ unhealthy, missing }: Verdict): readonly string[] {
  if (unhealthy === null) return [];
  return unhealthy === 'nodes-missing' ? missingNodeRemedies(missing) : [unhealthyRemedy(unhealthy)];
}

/** Returns what brings an HCA into service. */
export function unhealthyRemedy(reason: Exclude<UnhealthyReason, 'nodes-missing'>): string {
  switch (reason) {
    case 'no-answer':
      return 'Look for errors of its driver or firmware in dmesg; reset the HCA, or restart the node.';
    case 'link-down':
      return 'Check the cable and the port of the switch, and that the network interface is up.';
    case 'link-init':
      return subnetManagerRemedy;
    case 'link-settling':
      return 'Wait until the link has been up for health.holdDownSeconds.';
  }
}

/** Returns how to get device nodes that are missing: a remedy for each module that creates some of them. */
export function missingNodeRemedies(missing: readonly DeviceNodeKind[]): readonly string[] {
  const modules = [...new Set(missing.map((kind) => nodeModules[kind]))];
  return modules.map((module) => {
    const kinds = missing.filter((kind) => nodeModules[kind] === module);
    const [names, nodes, them] = [kinds.join(' and '), ...(kinds.length === 1 ? ['node', 'one'] : ['nodes', 'them'])];
    const create = `Create the ${names} ${nodes} with modprobe ${module}`;
    const otherwise = 'or as DEVICE_NODE_MISSING says if it is reported';
    return kinds.includes('uverbs')
      ? `${create}, ${otherwise}.`
      : `${create}, ${otherwise}; if these HCAs cannot have ${them}, remove ${names} from deviceNodes.required.`;
  });
}

function fieldsOf(verdicts: readonly Verdict[], kind: 'not-matched' | 'excluded'): readonly string[] {
  const fields = verdicts.flatMap(({ selection }) =>
    !selection.selected && selection.kind === kind ? [selection.field] : [],
  );
  return [...new Set(fields)];
}

/** Returns the entries of ifNames, or of devices, that name RDMA devices of this node. `ib*` may be meant otherwise. */
function rdmaDevicesInIfNames(verdicts: readonly Verdict[]): readonly string[] {
  const wanted = verdicts.flatMap(({ selection }) =>
    !selection.selected && selection.kind === 'not-matched' && selection.field === 'ifNames' ? selection.wanted : [],
  );
  const specific = [...new Set(wanted)].filter((entry) => /^[^*?[]{3}/.test(entry));
  return specific.filter((entry) => verdicts.some(({ hca }) => matchesGlob(entry, hca)));
}
