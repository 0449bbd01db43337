// SPDX-License-Identifier: Apache-2.0

/**
 * Returns the FNV-1a hash of a text as eight hexadecimal digits: stable, and enough to distinguish a node's resources.
 */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
