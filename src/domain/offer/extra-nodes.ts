// SPDX-License-Identifier: Apache-2.0
import { matchesNodePattern, splitNodePath } from '../hca/device-node-path.ts';
import type { Hca, Inventory } from '../hca/hca.ts';
import { type Problem, createProblem } from '../problem/problem.ts';
import type { ResourceSettings } from '../settings/settings.ts';
import { firstOf } from '../text/first-of.ts';

/** A resource with more extra nodes than this grants none: its patterns match more than their author meant. */
export const extraNodeLimit = 64;

export interface InventoryWithExtraNodes extends Inventory {
  /** Paths on the host of the nodes outside `/dev/infiniband` that match a pattern of the settings. */
  readonly extraNodes?: readonly string[];
}

/** The extra nodes of one resource. */
interface ExtraNodeChoice {
  /** The paths that come with each HCA, by the HCA's name; null if the patterns match too many nodes. */
  readonly byHca: ReadonlyMap<string, readonly string[]> | null;
  readonly problems: readonly Problem[];
}

/**
 * Returns the extra nodes that come with each of the offered HCAs. A node of one known HCA comes with that HCA only. A
 * node of one of several HCAs comes with them only if they are all granted together; otherwise a container could use it
 * to reach an HCA that it did not request. Any other node belongs to the host and comes with every HCA.
 */
export function chooseExtraNodes(
  resource: ResourceSettings,
  offered: readonly Hca[],
  host: InventoryWithExtraNodes,
): ExtraNodeChoice {
  const patterns = resource.deviceNodes.extra;
  const paths = (host.extraNodes ?? []).filter((path) => patterns.some((pattern) => matchesNodePattern(pattern, path)));
  if (paths.length > extraNodeLimit) return { byHca: null, problems: [tooManyNodes(resource.name, paths.length)] };
  const nodes = paths.map((path) => ({ path, owners: ownersOf(path, host.hcas) }));
  const granted = nodes.filter((node) => isSafe(node, resource, offered));
  const pathsOf = ({ name }: Hca): readonly string[] =>
    granted.filter(({ owners }) => owners?.includes(name) ?? true).map(({ path }) => path);
  const byHca = new Map(offered.map((hca) => [hca.name, pathsOf(hca)]));
  if (offered.length === 0) return { byHca, problems: [] };
  const ambiguous = nodes.filter((node) => !granted.includes(node));
  const unmatched = patterns.filter((pattern) => !paths.some((path) => matchesNodePattern(pattern, path)));
  const problems = [
    ...ambiguous.map((node) => ambiguousNode(resource.name, node)),
    ...unmatched.map((pattern) => nodeNotFound(resource.name, pattern)),
  ];
  return { byHca, problems };
}

interface OwnedNode {
  readonly path: string;
  /** The HCAs that the node may belong to: null for a node of the host, empty if none of them is present. */
  readonly owners: readonly string[] | null;
}

/**
 * hfi1 gives the node of its unit N the name of the unit's RDMA device, `hfi1_N`
 * (drivers/infiniband/hw/hfi1/file_ops.c, user_add). If the RDMA device was renamed, nothing in sysfs connects the two.
 */
function ownersOf(path: string, hcas: readonly Hca[]): OwnedNode['owners'] {
  const [, name] = splitNodePath(path);
  if (hcas.some((hca) => hca.name === name)) return [name];
  const driver = driverOfUnit(name);
  if (driver === null) return null;
  const sameDriver = hcas.filter((hca) => hca.driver === driver || driverOfUnit(hca.name) === driver);
  if (sameDriver.length === 0) return null;
  return sameDriver.filter((hca) => driverOfUnit(hca.name) !== driver).map((hca) => hca.name);
}

/** `hfi1_0` is a unit of `hfi1`. */
function driverOfUnit(name: string): string | null {
  return /^(.+)_\d+$/.exec(name)?.[1] ?? null;
}

/** Whether a container with the node cannot use it to reach an HCA that it was not granted. */
function isSafe({ owners }: OwnedNode, { sharing }: ResourceSettings, offered: readonly Hca[]): boolean {
  if (owners === null || owners.length === 1) return true;
  return sharing === 'pool' && owners.length > 0 && owners.every((owner) => offered.some((hca) => hca.name === owner));
}

function tooManyNodes(resource: string, count: number): Problem {
  return createProblem('DEVICE_NODES_TOO_MANY', {
    subject: resource,
    message: `${count} device nodes match deviceNodes.extra of ${resource}; the limit is ${extraNodeLimit}.`,
    remedy: 'Write patterns that match only the device nodes that containers need.',
  });
}

function ambiguousNode(resource: string, { path, owners }: OwnedNode): Problem {
  const owner = owners?.length
    ? `one of ${firstOf(owners, 8)}, but it is unknown which one`
    : 'an RDMA device that is not present';
  return createProblem('DEVICE_NODE_AMBIGUOUS', {
    subject: path,
    message:
      `${resource} does not grant ${path}: it belongs to ${owner}. ` +
      'A container could use it to reach an HCA that it did not request.',
    remedy:
      'Keep udev from renaming these RDMA devices (NAME_KERNEL in rdma-persistent-naming.rules), ' +
      'or offer all of them in one resource with "sharing": "pool".',
  });
}

function nodeNotFound(resource: string, pattern: string): Problem {
  return createProblem('DEVICE_NODE_NOT_FOUND', {
    subject: `${resource} ${pattern}`,
    message: `No device node on this node matches ${pattern}, so containers of ${resource} get none.`,
    remedy: 'Load the driver that creates it; if this node lacks the hardware, no action is needed.',
  });
}
