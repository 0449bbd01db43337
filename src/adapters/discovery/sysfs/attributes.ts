// SPDX-License-Identifier: Apache-2.0
import { basename } from 'node:path';
import type { NetnsMode } from '#domain/hca/hca.ts';

// Parsers of kernel files: from the text of the file, null where it could not be read, to a value, null where the text
// says nothing. None throws on any text. Source: Documentation/ABI/stable/sysfs-class-infiniband and testing/sysfs-class-net.

type Text = string | null;

/** Free text: `class/infiniband/<hca>/{fw_ver,board_id,hca_type}`, `ports/<n>/{link_layer,rate}`. rxe's `fw_ver` is an empty line. */
export function parseText(text: Text): string | null {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

/** `4: ACTIVE` in `ports/<n>/state` and `phys_state`, `1: CA` in `node_type`: the word. */
export function parseNumberedWord(text: Text): string | null {
  return parseText(text?.replace(/^\s*\d+\s*:/, '') ?? null);
}

/** `class/infiniband/<hca>/node_guid`: `0002:c903:00f9:bfa0`. */
export function parseGuid(text: Text): string | null {
  const trimmed = text?.trim() ?? '';
  return /^[0-9a-f]{4}(:[0-9a-f]{4}){3}$/i.test(trimmed) ? trimmed : null;
}

/** `ports/<n>/gids/<i>`, eight groups of four digits: the port GUID, which is the last half, as 16 digits; null for an empty gid. */
export function parsePortGuid(text: Text): string | null {
  const digits = /^([0-9a-f]{4}:){4}([0-9a-f]{4}(:[0-9a-f]{4}){3})$/i.exec(text?.trim() ?? '')?.[2];
  return usableGuid(digits);
}

/** `class/net/<if>/address` of IPoIB, 20 bytes: the GUID of its port, which is the last eight, as 16 digits. */
export function parseIpoibPortGuid(text: Text): string | null {
  const digits = /^([0-9a-f]{2}:){12}([0-9a-f]{2}(:[0-9a-f]{2}){7})$/i.exec(text?.trim() ?? '')?.[2];
  return usableGuid(digits);
}

function usableGuid(digits: string | undefined): string | null {
  const guid = digits?.replaceAll(':', '').toLowerCase() ?? '';
  return /[1-9a-f]/.test(guid) ? guid : null;
}

/** `class/net/<if>/address` of Ethernet, in lower case; null for loopback's, which is all zero. */
export function parseMac(text: Text): string | null {
  const mac = text?.trim().toLowerCase() ?? '';
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) && /[1-9a-f]/.test(mac) ? mac : null;
}

/** The MAC of which a GUID was made (addrconf_addr_eui48 of the kernel), in lower case; null for any other GUID. */
export function macOfGuid(guid: string): string | null {
  const bytes = guid.replaceAll(':', '').toLowerCase().match(/../g) ?? [];
  if (bytes.length !== 8 || bytes[3] !== 'ff' || bytes[4] !== 'fe') return null;
  const [first = '', ...others] = [...bytes.slice(0, 3), ...bytes.slice(5)];
  return [(Number.parseInt(first, 16) ^ 2).toString(16).padStart(2, '0'), ...others].join(':');
}

/** `class/net/<if>/phys_port_name` of a representor: `pf0vf3`, `pf1sf88`, `c1pf0vf0`, `pf0hpf`; an uplink has `p0` (switchdev.rst). */
export function isRepresentorName(text: Text): boolean {
  return /^(c\d+)?pf\d+(hpf|[vs]f\d+)?$/.test(text?.trim() ?? '');
}

/** `bus/pci/devices/<address>/{vendor,device}`: `0x15b3` as `15b3`; `class`: `0x020000` as `020000`. */
export function parseHexDigits(text: Text): string | null {
  return /^\s*0x([0-9a-f]+)\s*$/i.exec(text ?? '')?.[1]?.toLowerCase() ?? null;
}

/** `<device>/numa_node`: -1 means that the platform does not say. */
export function parseNumaNode(text: Text): number | null {
  return parseCount(text);
}

/** A decimal number that is not negative: `class/infiniband_mad/umad<N>/port`, `class/net/<if>/dev_port`. */
export function parseCount(text: Text): number | null {
  const trimmed = text?.trim() ?? '';
  return /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : null;
}

/** A hexadecimal number: `class/net/<if>/dev_id` is `0x0`, `flags` is `0x1003`. */
export function parseHexNumber(text: Text): number | null {
  const digits = parseHexDigits(text);
  return digits === null || digits.length > 8 ? null : Number.parseInt(digits, 16);
}

/** `class/net/<if>/flags`: whether IFF_UP (bit 0) is set. */
export function parseUp(text: Text): boolean | null {
  const flags = parseHexNumber(text);
  return flags === null ? null : (flags & 1) === 1;
}

/** `class/net/<if>/type`, an ARPHRD number of if_arp.h: 1 and 32 by iproute2's word. */
export function parseLinkType(text: Text): string | null {
  const type = parseCount(text);
  if (type === 1) return 'ether';
  if (type === 32) return 'infiniband';
  return type === null ? null : `arphrd${type}`;
}

/** The name of a network interface in `class/infiniband/<hca>/parent` and `gid_attrs/ndevs/<i>` (dev_valid_name of the kernel). */
export function parseNetdevName(text: Text): string | null {
  const name = text?.trim() ?? '';
  return /^[^/:\s]{1,15}$/.test(name) && name !== '.' && name !== '..' ? name : null;
}

/** `module/ib_core/parameters/netns_mode`: `Y` shared, `N` exclusive. */
export function parseNetnsMode(text: Text): NetnsMode {
  const word = text?.trim();
  if (word === 'Y') return 'shared';
  return word === 'N' ? 'exclusive' : null;
}

/** The name to which a `driver` or `physfn` link points. */
export function parseLinkName(target: Text): string | null {
  return parseText(target === null ? null : basename(target));
}

/** Whether a directory of `devices/` is a PCI function: `0000:3b:00.0`; Azure has domains of more than four digits. */
export function isPciAddress(name: string): boolean {
  return /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i.test(name);
}

/** From a device upward, the directory of the first PCI function: virtio and auxiliary devices stand below theirs. */
export function pciFunctionAbove(devicePath: string): string | null {
  const parts = devicePath.split('/');
  const last = parts.findLastIndex(isPciAddress);
  return last < 0 ? null : parts.slice(0, last + 1).join('/');
}
