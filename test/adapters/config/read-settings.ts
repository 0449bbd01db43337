// SPDX-License-Identifier: Apache-2.0
import { decodeSettings } from '#adapters/config/decode-settings.ts';
import { parseDocument } from '#adapters/config/parse-document.ts';
import type { ConfigReading } from '#ports/config-source.ts';

/** Reads settings from text or bytes as if they were the file `name`. */
export async function readSettings(content: string | Uint8Array, name = 'config.json'): Promise<ConfigReading> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const { document, problem } = await parseDocument(name, bytes);
  return document === null ? { valid: false, worthWaiting: false, problems: [problem], warnings: [] } : decodeSettings(name, document);
}

/** The codes of what is wrong, each with its subject. */
export function complaints(reading: ConfigReading): readonly string[] {
  return reading.valid ? [] : reading.problems.map(({ code, subject }) => `${code} ${subject}`);
}

/** The codes of what is odd, each with its subject. */
export function remarks(reading: ConfigReading): readonly string[] {
  return reading.warnings.map(({ code, subject }) => `${code} ${subject}`);
}
