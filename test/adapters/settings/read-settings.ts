// SPDX-License-Identifier: Apache-2.0
import { readSettings as read } from '#adapters/settings/read-settings.ts';
import type { ConfigReading } from '#ports/config-source.ts';

/** Reads settings from text or bytes as if they were the file `name`. */
export async function readSettings(content: string | Uint8Array, name = 'config.json'): Promise<ConfigReading> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return await read(name, bytes);
}

/** The codes of what is wrong, each with its subject. */
export function complaints(reading: ConfigReading): readonly string[] {
  return reading.valid ? [] : reading.problems.map(({ code, subject }) => `${code} ${subject}`);
}

/** The codes of what is odd, each with its subject. */
export function remarks(reading: ConfigReading): readonly string[] {
  return reading.warnings.map(({ code, subject }) => `${code} ${subject}`);
}
