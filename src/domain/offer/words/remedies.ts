// SPDX-License-Identifier: Apache-2.0
import { nodeModules } from '../../hca/device-node-kinds.ts';
import type { DeviceNodeKind } from '../../hca/hca.ts';
import { firstOf } from '../../text/first-of.ts';
import { matchesGlob } from '../../text/glob.ts';
import type { UnhealthyReason } from '../health.ts';
import type { SelectorMismatch } from '../../selection/apply-selectors.ts';
import type { Verdict } from '../verdict.ts';

/** Returns what to do about HCAs that are selected and not usable: one remedy for each cause. */
export function unusableRemedy(verdicts: readonly Verdict[]): string {
  return [...new Set(verdicts.flatMap(unhealthyRemedies))].join(' ');
}

/** Returns what to do if no HCA is selected: one remedy for each cause. */
export function unselectedRemedy(verdicts: readonly Verdict[]): string {
  const misplaced = rdmaDevicesInIfNames(verdicts);
  const exclusions = exclusionFields(verdicts);
  const remedies = [
    misplaced.length === 0
      ? null
      : `Move ${firstOf(misplaced, 3)} into selectors.rdmaDevices: these are RDMA devices, not network interfaces.`,
    ...(misplaced.length === 0 ? mismatchRemedies(verdicts) : []),
    verdicts.some(isManagementOnly)
      ? 'Load the driver of the missing HCA; if the HCA for fabric management is meant, ' +
        'remove uverbs from deviceNodes.required.'
      : null,
    exclusions.length === 0 ? null : `Remove the entry from ${exclusions.join(', ')} of exclude if the HCA is meant.`,
  ];
  return remedies.filter((remedy) => remedy !== null).join(' ');
}

/** An HCA that is there needs other selectors, not a driver. */
function mismatchRemedies(verdicts: readonly Verdict[]): readonly string[] {
  const mismatches = verdicts.flatMap(({ hca, selection }) =>
    !selection.selected && selection.kind === 'not-matched' ? [{ hca, ...selection }] : [],
  );
  const present = mismatches.filter(({ portWithoutNetdev }) => portWithoutNetdev === undefined);
  return [
    ...(present.length < mismatches.length
      ? ['Select by rdmaDevices or pciAddresses instead of ifNames: they do not depend on the network interface.']
      : []),
    ...(present.length > 0 ? [correctionOf(present), 'If another HCA is meant, load its driver.'] : []),
  ];
}

function correctionOf(mismatches: readonly (SelectorMismatch & Pick<Verdict, 'hca'>)[]): string {
  const [first] = mismatches;
  const [value] = first?.found ?? [];
  if (mismatches.length === 1 && value !== undefined)
    return `If ${first?.hca} is meant, add ${value} to selectors.${first?.field}.`;
  const fields = [...new Set(mismatches.map(({ field }) => `selectors.${field}`))];
  const which = mismatches.length === 1 ? `${first?.hca} is` : 'these HCAs are';
  const keys = firstOf(fields, 4, ' and ');
  return `If ${which} meant, correct ${keys} (see "rdma-shared-dp discover -o wide").`;
}

function isManagementOnly({ selection }: Verdict): boolean {
  return !selection.selected && selection.kind === 'management-only';
}

export const subnetManagerRemedy =
  'Start a subnet manager for the InfiniBand fabric: opensm on a host, or the one built into the switch.';

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
      return 'Search dmesg for errors of its driver or firmware; reset the HCA, or restart the node.';
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
    const create = `Load the module that creates the ${names} ${nodes}: modprobe ${module}.`;
    return kinds.includes('uverbs')
      ? create
      : `${create} If the HCA cannot have ${them}, remove ${names} from deviceNodes.required.`;
  });
}

function exclusionFields(verdicts: readonly Verdict[]): readonly string[] {
  const fields = verdicts.flatMap(({ selection }) =>
    !selection.selected && selection.kind === 'excluded' ? [selection.field] : [],
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
