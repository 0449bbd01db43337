// SPDX-License-Identifier: Apache-2.0
import { type Problem, createProblem } from '../problem/problem.ts';
import { matchesGlob } from '../text/glob.ts';
import type { Hca, Inventory } from '../hca/hca.ts';
import type { ResourceSettings } from '../settings/settings.ts';

/** More nodes than this are a pattern that says more than was meant: no resource grants them. */
export const extraNodeLimit = 64;

/**
 * An inventory together with the device nodes outside `/dev/infiniband` that match a pattern of the settings, as paths on
 * the host; none where they were not looked for.
 */
export interface InventoryWithExtraNodes extends Inventory {
  readonly extraNodes?: readonly string[];
}

/** A resource's extra nodes by the names of the HCAs with which they come. `tooMany` is null where there are not too many. */
export interface ExtraNodeChoice {
  readonly byHca: ReadonlyMap<string, readonly string[]>;
  readonly tooMany: Problem | null;
  readonly problems: readonly Problem[];
}

/** Whether a path is meant by a pattern, which stands for names in one directory: `/dev/hfi1_*`. */
export function matchesNodePattern(pattern: string, path: string): boolean {
  const [directory, name] = splitNodePath(pattern);
  const [pathDirectory, pathName] = splitNodePath(path);
  return directory === pathDirectory && matchesGlob(name, pathName);
}

/** The directory, without the slash at its end, and the name or pattern of names in it. */
export function splitNodePath(path: string): readonly [directory: string, name: string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash), path.slice(slash + 1)];
}

/**
 * Which extra nodes each of the HCAs that a resource offers brings. A node that is known to be of one HCA comes with that
 * HCA only. One that may be of any of several comes where all of them are granted together, and else with none: it would let a
 * container reach an HCA that it did not ask for. Any other node is the host's and comes with each.
 */
export function chooseExtraNodes(
  resource: ResourceSettings,
  offered: readonly Hca[],
  host: InventoryWithExtraNodes,
): ExtraNodeChoice {
  const patterns = resource.deviceNodes.extra;
  const paths = (host.extraNodes ?? []).filter((path) => patterns.some((pattern) => matchesNodePattern(pattern, path)));
  if (paths.length > extraNodeLimit)
    return { byHca: new Map(), tooMany: tooManyNodes(resource.name, paths.length), problems: [] };
  const nodes = paths.map((path) => ({ path, owners: ownersOf(path, host.hcas) }));
  const safe = nodes.filter((node) => isSafe(node, resource, offered));
  const unmatched = patterns.filter((pattern) => !paths.some((path) => matchesNodePattern(pattern, path)));
  const ambiguous = nodes.filter((node) => !safe.includes(node));
  return {
    byHca: new Map(
      offered.map(({ name }) => [
        name,
        safe.filter(({ owners }) => owners?.includes(name) ?? true).map(({ path }) => path),
      ]),
    ),
    tooMany: null,
    problems:
      offered.length === 0
        ? []
        : [
            ...ambiguous.map((node) => ambiguousNode(resource.name, node)),
            ...unmatched.map((pattern) => noNode(resource.name, pattern)),
          ],
  };
}

/** `owners` are the HCAs of which a node may be: null for a node of the host, empty where none of them is to be seen. */
interface OwnedNode {
  readonly path: string;
  readonly owners: readonly string[] | null;
}

/**
 * hfi1 calls the node of its unit N as it calls the RDMA device of that unit, `hfi1_N` (drivers/infiniband/hw/hfi1/file_ops.c,
 * user_add), and nothing in sysfs ties the two once the RDMA device was renamed.
 */
function ownersOf(path: string, hcas: readonly Hca[]): OwnedNode['owners'] {
  const [, name] = splitNodePath(path);
  if (hcas.some((hca) => hca.name === name)) return [name];
  const driver = driverOfUnit(name);
  const ofDriver =
    driver === null ? [] : hcas.filter((hca) => hca.driver === driver || driverOfUnit(hca.name) === driver);
  if (ofDriver.length === 0) return null;
  return ofDriver.filter((hca) => driverOfUnit(hca.name) !== driver).map((hca) => hca.name);
}

/** `hfi1_0` is a unit of `hfi1`. */
function driverOfUnit(name: string): string | null {
  return /^(.+)_\d+$/.exec(name)?.[1] ?? null;
}

/** Whether a container that gets the node can reach no HCA by it that it did not get. */
function isSafe({ owners }: OwnedNode, { sharing }: ResourceSettings, offered: readonly Hca[]): boolean {
  if (owners === null || owners.length === 1) return true;
  return sharing === 'pool' && owners.length > 0 && owners.every((owner) => offered.some((hca) => hca.name === owner));
}

function tooManyNodes(resource: string, count: number): Problem {
  return createProblem('EXTRA_NODES_TOO_MANY', {
    subject: resource,
    message: `The patterns in deviceNodes.extra of ${resource} match ${count} device nodes of this node; a resource may have ${extraNodeLimit}.`,
    remedy: 'Write patterns that match only the nodes that containers need.',
  });
}

function ambiguousNode(resource: string, { path, owners }: OwnedNode): Problem {
  const whose =
    owners === null || owners.length === 0
      ? 'an RDMA device that is not there'
      : `one of ${owners.join(', ')}, nothing says of which`;
  return createProblem('EXTRA_NODE_AMBIGUOUS', {
    subject: path,
    message: `${path} is not granted by ${resource}: it is of ${whose}, and with it a container could reach an HCA that it did not ask for.`,
    remedy:
      'Keep udev from renaming these RDMA devices (NAME_KERNEL in rdma-persistent-naming.rules), or offer all of them in one resource with "sharing": "pool".',
  });
}

function noNode(resource: string, pattern: string): Problem {
  return createProblem('EXTRA_NODE_NOT_FOUND', {
    subject: `${resource} ${pattern}`,
    message: `No device node of this node matches ${pattern}, so containers of ${resource} get none.`,
    remedy: 'Load the driver that makes it; if this node has no such hardware, nothing needs to be done.',
  });
}
