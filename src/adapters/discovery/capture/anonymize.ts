// SPDX-License-Identifier: Apache-2.0

/** Replaces what identifies a host or a card in a text: the contents of a file, a name, or the target of a link. */
export type Anonymize = (text: string) => string;

const serialRange = 0x1_00_00_00;

/**
 * Moves the last 24 bits of every MAC address, GUID and GID by the same number: these are the serial number of a card
 * (IEEE EUI-48, EUI-64). So equal addresses stay equal, neighbors stay neighbors, and the maker in front stays, which
 * the PCI ids name anyway. IPv4 addresses in GIDs move the same way and begin with 10, and global prefixes become that
 * of documentation (RFC 3849). `shift` is from 1 to 2^24 - 1. `hostName` becomes `host`.
 */
export function anonymizer(shift: number, hostName: string): Anonymize {
  const moved = (digits: string): string =>
    ((Number.parseInt(digits, 16) + shift) % serialRange).toString(16).padStart(6, '0');
  const movedBare = (digits: string): string =>
    isPlain(digits) ? digits : digits.slice(0, -6) + moved(digits.slice(-6));
  const gid = (digits: string): string => {
    if (isPlain(digits)) return digits;
    const isMapped = digits.startsWith('00000000000000000000ffff');
    if (isMapped) return `${digits.slice(0, 24)}0a${moved(digits.slice(-6))}`;
    const prefix = /^(fe|0{16})/.test(digits) ? digits.slice(0, 16) : '20010db800000000';
    return prefix + movedBare(digits.slice(16));
  };
  const withoutName = (text: string): string =>
    hostName === '' ? text : text.replaceAll(new RegExp(`\\b${escapeRegExp(hostName)}\\b`, 'g'), 'host');
  const rewrite = (found: string): string => {
    const digits = found.replaceAll(':', '');
    if (!found.includes(':')) return movedBare(digits);
    const size = found.indexOf(':');
    const rewritten =
      digits.length === 40
        ? digits.slice(0, 8) + gid(digits.slice(8))
        : digits.length === 32
          ? gid(digits)
          : movedBare(digits);
    return rewritten.match(new RegExp(`.{${size}}`, 'g'))?.join(':') ?? found;
  };
  return (text) => withoutName(text).replaceAll(addresses, rewrite);
}

/**
 * The longest form first, because a longer one contains shorter ones: the address of an IPoIB interface, which is 4
 * bytes and a GID (RFC 4391, section 9.1.1); a MAC address; a GID; a GUID; one of them in a name such as `enx…` or
 * `rocex…`; and one alone in a line.
 */
const addresses = new RegExp(
  [
    String.raw`\b(?:[0-9a-f]{2}:){19}[0-9a-f]{2}\b`,
    String.raw`\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b`,
    String.raw`\b(?:[0-9a-f]{4}:){7}[0-9a-f]{4}\b`,
    String.raw`\b(?:[0-9a-f]{4}:){3}[0-9a-f]{4}\b`,
    String.raw`(?<=x)(?:[0-9a-f]{16}|[0-9a-f]{12})\b`,
    '^(?:[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{16}|[0-9a-f]{12})$',
  ].join('|'),
  'gm',
);

/** Zero, and the broadcast address, identify nothing. */
function isPlain(digits: string): boolean {
  return /^(0+|f+)$/.test(digits);
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
