// SPDX-License-Identifier: Apache-2.0
import { splitNodePath } from '../../hca/device-node-path.ts';
import { globsOverlap, matchesGlob } from '../../text/glob.ts';

/** Device nodes that no container may get from a resource, because they reach the whole host. */
interface ForbiddenNodes {
  /** As for `deviceNodes.extra`, but the directory may be a pattern too. */
  readonly patterns: readonly string[];
  /** What a container could reach with one of them. */
  readonly reach: string;
}

/**
 * Character devices only: others are never granted. Numbers and names are those of
 * Documentation/admin-guide/devices.txt and of the drivers. VFIO groups are not among them, because the IOMMU keeps
 * each to its own device.
 */
const forbidden: readonly ForbiddenNodes[] = [
  { patterns: ['/dev/mem', '/dev/kmem', '/dev/port', '/dev/snapshot'], reach: 'the memory of the host' },
  { patterns: ['/dev/nvram', '/dev/mtd*'], reach: 'the firmware of the host' },
  { patterns: ['/dev/cpu/*/msr'], reach: 'the registers of the processors' },
  { patterns: ['/dev/kmsg'], reach: 'the kernel log of the host' },
  {
    patterns: ['/dev/sg[0-9]*', '/dev/bsg/*', '/dev/nvme*', '/dev/ng[0-9]*', '/dev/mapper/control', '/dev/raw/*'],
    reach: 'the disks of the host',
  },
  { patterns: ['/dev/watchdog*', '/dev/ipmi*', '/dev/ipmi/*', '/dev/ipmidev/*'], reach: 'the power of the host' },
  {
    patterns: ['/dev/console', '/dev/tty*', '/dev/vcs*', '/dev/input/*', '/dev/uinput', '/dev/uhid'],
    reach: 'the consoles and keyboards of the host',
  },
];

/** Returns what a path or pattern of `deviceNodes.extra` must not match, with what it reaches; null if nothing. */
export function forbiddenMatch(pattern: string): { readonly pattern: string; readonly reach: string } | null {
  for (const { patterns, reach } of forbidden) {
    const found = patterns.find((one) => overlaps(one, pattern));
    if (found !== undefined) return { pattern: found, reach };
  }
  return null;
}

function overlaps(forbiddenPattern: string, pattern: string): boolean {
  const [forbiddenDirectory, forbiddenName] = splitNodePath(forbiddenPattern);
  const [directory, name] = splitNodePath(pattern);
  return matchesGlob(forbiddenDirectory, directory) && globsOverlap(forbiddenName, name);
}
