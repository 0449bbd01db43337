// SPDX-License-Identifier: Apache-2.0
import type { Problem } from '#domain/problem/problem.ts';
import { type ConfigMapName, configMapProblem } from './problems.ts';

/** The keys that are looked for where none is named. */
export const defaultKeys = ['config.json', 'config.yaml'] as const;
/** As for a settings file. */
const largestValue = 1 << 20;

/** A document of settings as it stands in a ConfigMap, and the version of the object. */
export interface ConfigMapValue {
  readonly key: string;
  readonly text: string;
}

export type ValueReading =
  { readonly value: ConfigMapValue; readonly problem: null } | { readonly value: null; readonly problem: Problem };

/** Reads the settings out of a ConfigMap as the API gives it. `key` is null where the default keys are meant. */
export function valueOf(object: unknown, name: ConfigMapName, key: string | null): ValueReading {
  const data = member(object, 'data');
  const keys = key === null ? defaultKeys : [key];
  const found = keys.filter((one) => typeof member(data, one) === 'string');
  const [only, another] = found;
  if (only === undefined) return { value: null, problem: keyMissing(object, name, keys) };
  if (another !== undefined) {
    const remedy = 'Name the one that counts with --config-map-key, or take one out.';
    return {
      value: null,
      problem: configMapProblem('KUBERNETES_CONFIG_MAP_AMBIGUOUS', name, `has both ${only} and ${another}`, remedy),
    };
  }
  const text = String(member(data, only));
  const bytes = Buffer.byteLength(text);
  if (bytes > largestValue) {
    const remedy = 'Check that this is the ConfigMap of the settings.';
    return {
      value: null,
      problem: configMapProblem(
        'KUBERNETES_CONFIG_MAP_TOO_LARGE',
        name,
        `has ${bytes} bytes in ${only}; settings may have at most ${largestValue}`,
        remedy,
      ),
    };
  }
  return { value: { key: only, text }, problem: null };
}

function keyMissing(object: unknown, name: ConfigMapName, keys: readonly string[]): Problem {
  const binary = member(object, 'binaryData');
  const bytes = keys.find((key) => member(binary, key) !== undefined);
  if (bytes !== undefined) {
    return configMapProblem(
      'KUBERNETES_CONFIG_MAP_BINARY',
      name,
      `has ${bytes} in its binaryData`,
      'Put the settings into data, as text in UTF-8.',
    );
  }
  const data = member(object, 'data');
  const present = typeof data === 'object' && data !== null ? Object.keys(data) : [];
  const has =
    present.length === 0
      ? 'its data is empty'
      : `its data has only ${present.slice(0, 5).join(', ')}${present.length > 5 ? ', …' : ''}`;
  const [first = '', second] = keys;
  const [found, remedy] =
    second === undefined
      ? [`has no ${first}`, `Put the settings under ${first}, or name another key with --config-map-key.`]
      : [
          `has neither ${first} nor ${second}`,
          `Put the settings under ${first}, or name their key with --config-map-key.`,
        ];
  return configMapProblem('KUBERNETES_CONFIG_MAP_KEY_MISSING', name, `${found}; ${has}`, remedy);
}

/** A member of a value of unknown shape; undefined where there is none. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
