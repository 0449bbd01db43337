// SPDX-License-Identifier: Apache-2.0

/** What a container sees of RDMA. */
export interface PodSurvey {
  /** The nodes in `/dev/infiniband` that programs open for RDMA: `uverbs` and `rdma_cm`, in natural order. */
  readonly nodes: readonly PodNode[];
  /** The HCAs that sysfs shows in this container, whether it may use them or not. Null if it shows no RDMA at all. */
  readonly hcas: readonly PodHca[] | null;
  /** The interfaces of this network namespace by their addresses: IPv4 in its usual form, IPv6 as a GID. */
  readonly netdevs: ReadonlyMap<string, string>;
  readonly memoryLock: MemoryLock;
  /** The variables that name HCAs. */
  readonly environment: ReadonlyMap<string, string>;
  /** The names of the provider libraries, such as `mlx5`; null if the image has no libibverbs. */
  readonly providers: readonly string[] | null;
}

/** A device node in the container. */
export interface PodNode {
  readonly name: string;
  /** `MAJOR:MINOR`; null if it is no character device. */
  readonly device: string | null;
  /** The code of the error when it was opened for reading and writing, such as `EACCES`; null if that succeeded. */
  readonly failure: string | null;
}

export interface PodHca {
  readonly name: string;
  /** The name of its uverbs node, and the device that it must be; null if the kernel has none. */
  readonly uverbs: { readonly name: string; readonly device: string } | null;
  /** The driver of its PCI function; null if it has none. */
  readonly driver: string | null;
  readonly ports: readonly PodPort[];
}

export interface PodPort {
  readonly number: number;
  readonly state: string | null;
  readonly linkLayer: string | null;
  /** The entries of its GID table that are not zero. */
  readonly gids: readonly PodGid[];
}

export interface PodGid {
  readonly index: number;
  /** The kernel's text: eight groups of four digits. */
  readonly gid: string;
  /** The kernel's text: `RoCE v2`, `IB/RoCE v1`; null if it is unknown. */
  readonly type: string | null;
}

/** What the process may lock in memory. */
export interface MemoryLock {
  /** The soft limit in bytes; null if it is unknown. */
  readonly limit: number | null;
  /** Whether CAP_IPC_LOCK counts for this process, or could if it ran as root (capabilities(7)). */
  readonly capability: 'effective' | 'bounding' | 'none';
}

/** Returns the address that a GID stands for: IPv4 if it maps one (RFC 4291, section 2.5.5.2), else the GID. */
export function addressOfGid(gid: string): string {
  const [, high, low] = /^(?:0000:){5}ffff:([0-9a-f]{4}):([0-9a-f]{4})$/.exec(gid) ?? [];
  if (high === undefined || low === undefined) return gid;
  return [high.slice(0, 2), high.slice(2), low.slice(0, 2), low.slice(2)]
    .map((byte) => Number.parseInt(byte, 16))
    .join('.');
}
