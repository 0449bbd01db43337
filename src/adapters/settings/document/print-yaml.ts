// SPDX-License-Identifier: Apache-2.0

/** Prints plain values as one YAML document. */
export async function printYaml(value: unknown): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(value, { lineWidth: 0 });
}
