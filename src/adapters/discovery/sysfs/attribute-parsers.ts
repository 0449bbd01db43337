// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import type { NetnsMode } from '#domain/hca/hca.ts';

// Parsers of kernel files. Each takes the text of a file, null if the file is unreadable, and returns null if the
// text holds no usable value. No parser throws on any text.
// Source: Documentation/ABI/stable/sysfs-class-infiniband and testing/sysfs-class-net.

type FileText = string | null;

/**
 * Parses free text: `class/infiniband/<hca>/{fw_ver,board_id,hca_type}`, `ports/<n>/{link_layer,rate}`. rxe's `fw_ver`
 * is an empty line.
 */
export function parseText(text: FileText): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

/** Returns the word of `4: ACTIVE` in `ports/<n>/state` and `phys_state`, and of `1: CA` in `node_type`. */
export function parseNumberedWord(text: FileText): string | null {
  return parseText(text?.replace(/^\s*\d+\s*:/, '') ?? null);
}

/** Parses `class/infiniband/<hca>/node_guid`: `0002:c903:00f9:bfa0`. */
export function parseGuid(text: FileText): string | null {
  const trimmed = text?.trim() ?? '';
  return /^[0-9a-f]{4}(:[0-9a-f]{4}){3}$/i.test(trimmed) ? trimmed : null;
}

/**
 * Parses `ports/<n>/gids/<i>`, eight groups of four digits. Returns its last half, the port GUID, as 16 digits; null
 * for an empty gid.
 */
export function parsePortGuid(text: FileText): string | null {
  const digits = /^([0-9a-f]{4}:){4}([0-9a-f]{4}(:[0-9a-f]{4}){3})$/i.exec(text?.trim() ?? '')?.[2];
  return usableGuid(digits);
}

/** Parses the 20 bytes in `class/net/<if>/address` of IPoIB. Returns the last eight, the port GUID, as 16 digits. */
export function parseIpoibPortGuid(text: FileText): string | null {
  const digits = /^([0-9a-f]{2}:){12}([0-9a-f]{2}(:[0-9a-f]{2}){7})$/i.exec(text?.trim() ?? '')?.[2];
  return usableGuid(digits);
}

function usableGuid(digits: string | undefined): string | null {
  const guid = digits?.replaceAll(':', '').toLowerCase() ?? '';
  return /[1-9a-f]/.test(guid) ? guid : null;
}

/** Parses `class/net/<if>/address` of Ethernet. Returns it in lower case; null for loopback's, which is all zeros. */
export function parseMac(text: FileText): string | null {
  const mac = text?.trim().toLowerCase() ?? '';
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) && /[1-9a-f]/.test(mac) ? mac : null;
}

/** Returns the MAC from which a GUID is derived (addrconf_addr_eui48 of the kernel), in lower case; null for others. */
export function macOfGuid(guid: string): string | null {
  const bytes = guid.replaceAll(':', '').toLowerCase().match(/../g) ?? [];
  if (bytes.length !== 8 || bytes[3] !== 'ff' || bytes[4] !== 'fe') return null;
  const [first = '', ...others] = [...bytes.slice(0, 3), ...bytes.slice(5)];
  return [(Number.parseInt(first, 16) ^ 2).toString(16).padStart(2, '0'), ...others].join(':');
}

/**
 * Returns whether `class/net/<if>/phys_port_name` names a representor: `pf0vf3`, `pf1sf88`, `c1pf0vf0`, `pf0hpf`. An
 * uplink has `p0` (switchdev.rst).
 */
export function isRepresentorName(text: FileText): boolean {
  return /^(c\d+)?pf\d+(hpf|[vs]f\d+)?$/.test(text?.trim() ?? '');
}

/** Parses `bus/pci/devices/<address>/{vendor,device}`, `0x15b3` to `15b3`, and `class`, `0x020000` to `020000`. */
export function parseHexDigits(text: FileText): string | null {
  return /^\s*0x([0-9a-f]+)\s*$/i.exec(text ?? '')?.[1]?.toLowerCase() ?? null;
}

/**
 * Parses a decimal number that is not negative: `class/infiniband_mad/umad<N>/port`, `class/net/<if>/dev_port`,
 * `<device>/numa_node`, in which the kernel writes -1 where the platform does not name a node.
 */
export function parseCount(text: FileText): number | null {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : null;
}

/** Parses a hexadecimal number: `class/net/<if>/dev_id` is `0x0`, `flags` is `0x1003`. */
export function parseHexNumber(text: FileText): number | null {
  const digits = parseHexDigits(text);
  return digits === null || digits.length > 8 ? null : Number.parseInt(digits, 16);
}

/** Returns whether `class/net/<if>/flags` has IFF_UP (bit 0). */
export function parseUp(text: FileText): boolean | null {
  const flags = parseHexNumber(text);
  return flags === null ? null : (flags & 1) === 1;
}

/** Parses `class/net/<if>/type`, an ARPHRD number of if_arp.h. Types 1 and 32 become the words of iproute2. */
export function parseLinkType(text: FileText): string | null {
  const type = parseCount(text);
  if (type === 1) return 'ether';
  if (type === 32) return 'infiniband';
  return type === null ? null : `arphrd${type}`;
}

/** Parses the interface name in `<hca>/parent` and `gid_attrs/ndevs/<i>` (dev_valid_name of the kernel). */
export function parseNetdevName(text: FileText): string | null {
  const name = text?.trim() ?? '';
  return /^[^/:\s\p{C}]{1,15}$/u.test(name) && name !== '.' && name !== '..' ? name : null;
}

/**
 * Whether the name of an RDMA device can be used. The kernel allows any characters but `/` (ib_device_rename), and
 * whoever has CAP_NET_ADMIN in a container can rename devices in the shared mode. Names stand in environments of
 * containers, where `,` and `:` separate them, and in CDI specs.
 */
export function isUsableHcaName(name: string): boolean {
  return /^[A-Za-z0-9_.-]{1,63}$/.test(name);
}

/** Parses `module/ib_core/parameters/netns_mode`: `Y` is shared, `N` is exclusive. */
export function parseNetnsMode(text: FileText): NetnsMode {
  const word = text?.trim();
  if (word === 'Y') return 'shared';
  return word === 'N' ? 'exclusive' : null;
}

/** Returns the last part of the target of a `driver` or `physfn` link. */
export function parseLinkName(target: FileText): string | null {
  return parseText(target === null ? null : basename(target));
}

/** The name of the directory of a PCI function under `devices/`: `0000:3b:00.0`. Azure has longer domains. */
const pciAddress = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i;

/** Returns the PCI function that a device is or belongs to. Virtio and auxiliary devices are under theirs. */
export function pciFunctionAbove(devicePath: string): string | null {
  const parts = devicePath.split('/');
  const last = parts.findLastIndex((name) => pciAddress.test(name));
  return last < 0 ? null : parts.slice(0, last + 1).join('/');
}
