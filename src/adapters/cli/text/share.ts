// SPDX-License-Identifier: Apache-2.0
import { groupBy } from '#domain/collections/group-by.ts';
import type { ShareContents } from '#domain/explanation/explanation.ts';
import { splitNodePath } from '#domain/hca/device-node-path.ts';
import { lineWidth, wrapped } from './table.ts';

/** Returns what a share gives, below a line that says so; nothing for a share that nobody can get now. */
export function shareLines(share: ShareContents | null, head: string): readonly string[] {
  if (share === null) return [];
  const { deviceNodes, cdiDevices, environment } = share;
  const byPlace = groupBy(deviceNodes, ({ path, permissions }) => `${splitNodePath(path)[0]} (${permissions})`);
  const nodes = [...byPlace].map(
    ([place, placed]) => `${place}: ${ranges(placed.map(({ path }) => splitNodePath(path)[1])).join(' ')}`,
  );
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  const indent = '    ';
  return [
    `  ${head}`,
    ...[...nodes, ...cdiDevices, ...variables].flatMap((text) =>
      wrapped(text, lineWidth - indent.length).map((line) => `${indent}${line}`),
    ),
  ];
}

/** Joins names that are numbered one after the other: `uverbs0-7`. */
function ranges(names: readonly string[]): readonly string[] {
  const runs: { readonly stem: string; readonly first: string; last: string }[] = [];
  for (const name of names) {
    const [, stem = name, number = ''] = /^(.*?)(\d*)$/.exec(name) ?? [];
    const run = runs.at(-1);
    if (run !== undefined && run.stem === stem && number !== '' && Number(number) === Number(run.last) + 1)
      run.last = number;
    else runs.push({ stem, first: number, last: number });
  }
  return runs.map(({ stem, first, last }) => (first === last ? `${stem}${first}` : `${stem}${first}-${last}`));
}
