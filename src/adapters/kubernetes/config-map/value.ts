// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { member } from '../api/json.ts';
import type { KeyedText } from '../last-good-file.ts';
import { type ConfigMapName, configMapProblem } from './problems.ts';

/** The keys to look for if none is set. */
const defaultKeys = ['config.json', 'config.yaml'] as const;
/** The limit for a settings file. */
const maxBytes = 1 << 20;

export type ValueReading =
  { readonly value: KeyedText; readonly problem: null } | { readonly value: null; readonly problem: Problem };

/** Reads the settings document from a ConfigMap object of the API. `key` is null for the default keys. */
export function valueOf(object: unknown, name: ConfigMapName, key: string | null): ValueReading {
  const data = member(object, 'data');
  const keys = key === null ? defaultKeys : [key];
  const [found, other] = keys.filter((candidate) => typeof member(data, candidate) === 'string');
  if (found === undefined) return { value: null, problem: keyMissing(object, name, keys) };
  if (other !== undefined) return { value: null, problem: ambiguous(name, found, other) };
  const text = String(member(data, found));
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) return { value: null, problem: tooLarge(name, found, bytes) };
  return { value: { key: found, text }, problem: null };
}

function ambiguous(name: ConfigMapName, key: string, other: string): Problem {
  const remedy = 'Name one of them with --config-map-key, or remove the other.';
  return configMapProblem('KUBERNETES_CONFIG_MAP_AMBIGUOUS', name, `has both ${key} and ${other}`, remedy);
}

function tooLarge(name: ConfigMapName, key: string, bytes: number): Problem {
  const found = `has ${bytes} bytes in ${key}; the limit for settings is ${maxBytes}`;
  const remedy = 'Check that this is the ConfigMap with the settings.';
  return configMapProblem('KUBERNETES_CONFIG_MAP_TOO_LARGE', name, found, remedy);
}

function keyMissing(object: unknown, name: ConfigMapName, keys: readonly string[]): Problem {
  const binary = member(object, 'binaryData');
  const binaryKey = keys.find((key) => member(binary, key) !== undefined);
  if (binaryKey !== undefined) {
    const remedy = 'Put the settings into data, as UTF-8 text.';
    return configMapProblem('KUBERNETES_CONFIG_MAP_BINARY', name, `has ${binaryKey} in binaryData`, remedy);
  }
  const [first = '', second] = keys;
  const expected = second === undefined ? `no ${first}` : `neither ${first} nor ${second}`;
  const found = `has ${expected}; ${describeKeys(member(object, 'data'))}`;
  const remedy = `Put the settings under ${first}, or set --config-map-key to their key.`;
  return configMapProblem('KUBERNETES_CONFIG_MAP_KEY_MISSING', name, found, remedy);
}

function describeKeys(data: unknown): string {
  const keys = typeof data === 'object' && data !== null ? Object.keys(data) : [];
  if (keys.length === 0) return 'its data is empty';
  return `its data has only ${keys.slice(0, 5).join(', ')}${keys.length > 5 ? ', …' : ''}`;
}
