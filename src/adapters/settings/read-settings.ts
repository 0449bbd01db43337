// SPDX-License-Identifier: Apache-2.0
import type { ConfigReading } from '#ports/config-source.ts';
import { parseDocument } from './document/parse-document.ts';
import { decodeSettings } from './schema/decode-settings.ts';

/** Decodes settings. Messages use `name`; its extension selects YAML or JSON. Never rejects because of the content. */
export async function readSettings(name: string, bytes: Uint8Array): Promise<ConfigReading> {
  const { document, problem } = await parseDocument(name, bytes);
  return document === null
    ? { valid: false, retryable: false, problems: [problem], warnings: [] }
    : await decodeSettings(name, document);
}
