// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const output = 'src/adapters/kubelet-api/generated';
const banner = '// SPDX-License-Identifier: Apache-2.0\n// Update with: npm run generate\n';

/** Generates the codecs of the .proto files in proto/ with buf and ts-proto. `root` is the project's directory. */
export function generateCodecs(root) {
  const directory = mkdtempSync(join(tmpdir(), 'rdma-codecs-'));
  try {
    const buf = join(root, 'node_modules/.bin/buf');
    const options = ['--template', 'proto/buf.gen.yaml', '--output', directory];
    execFileSync(buf, ['generate', 'proto', ...options], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    return readdirSync(directory, { recursive: true })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => ({ path: `${output}/${path}`, content: banner + readFileSync(join(directory, path), 'utf8') }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
