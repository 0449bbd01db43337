// SPDX-License-Identifier: Apache-2.0
// node test/faults/build-defective.mjs DIRECTORY CHANGES: copies dist/ to DIRECTORY, and builds the bundle of the daemon there
// with changes to its source: a JSON list of { file, find, replace }, in which `find` occurs exactly once in `file`.
import { cpSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../scripts/build.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Returns the source of the file with the changes that are for it. */
function changed(file, changes) {
  return changes
    .filter((change) => join(root, change.file) === file)
    .reduce(
      (text, { find, replace }) => {
        if (text.split(find).length !== 2) throw new Error(`"${find}" does not occur exactly once in ${file}`);
        return text.replace(find, () => replace);
      },
      readFileSync(file, 'utf8'),
    );
}

function withChanges(changes) {
  return {
    name: 'with-changes',
    setup({ onLoad }) {
      for (const path of new Set(changes.map(({ file }) => join(root, file)))) {
        const filter = new RegExp(`^${path.replaceAll(/[.\\/]/g, '\\$&')}$`);
        onLoad({ filter }, () => ({ contents: changed(path, changes), loader: 'ts' }));
      }
    },
  };
}

const [directory, changes] = process.argv.slice(2);
cpSync(join(root, 'dist'), directory, { recursive: true });
for (const name of readdirSync(directory)) if (name.startsWith('bundle.cjs')) rmSync(join(directory, name));
await bundle('src/main.ts', join(directory, 'bundle.cjs'), [withChanges(JSON.parse(changes))]);
