// SPDX-License-Identifier: Apache-2.0
// Writes all generated files that are under version control. With --check, only reports those that are out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateAnswers } from './generate-answers.mjs';
import { generateCodecs } from './generate-codecs.mjs';
import { generateDocs } from './generate-docs.mjs';
import { generateHardware } from './generate-hardware.mjs';
import { generateScale } from './generate-scale.mjs';
import { generateSettings } from './generate-settings.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

function contentOf(path) {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return null;
  }
}

const files = [
  ...generateCodecs(root),
  ...(await generateSettings(root)),
  ...(await generateDocs(root)),
  ...(await generateHardware(root)),
  ...(await generateAnswers(root)),
  ...(await generateScale(root)),
];
const stale = files.filter(({ path, content }) => contentOf(path) !== content);
if (process.argv.includes('--check')) {
  for (const { path } of stale)
    process.stderr.write(`error: ${path} is out of date: run npm run generate and commit it\n`);
  process.stdout.write(`${files.length} generated files, ${stale.length} out of date\n`);
  process.exit(stale.length === 0 ? 0 : 1);
}
for (const { path, content } of stale) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
process.stdout.write(`${files.length} generated files, ${stale.length} written\n`);
