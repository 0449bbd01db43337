// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';
import { livenessMs } from '../support/node-fixture.ts';
import { runProgram } from '../support/program-fixture.ts';
import { configMapsIn, daemonSetsIn } from './manifests.ts';
import { canRender, renderFolder } from './render.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = join(root, 'examples/vendor-adapter');
const directory = mkdtempSync(join(tmpdir(), 'vendor-example-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('the kustomization of the example of a discovery module', () => {
  (canRender ? it : it.skip)(
    'mounts the module where the flag names it, and the module runs from there',
    async () => {
      const rendered = renderFolder(example);
      const [daemonSet] = daemonSetsIn(rendered);
      const flag = daemonSet?.args.find((word) => word.startsWith('--discovery-module='));
      const path = flag?.slice(flag.indexOf('=') + 1) ?? '';
      const mount = daemonSet?.mounts.find(({ mountPath }) => mountPath === dirname(path));
      const volume = daemonSet?.volumes.find(({ name }) => name === mount?.name);
      const configMap = configMapsIn(rendered).find(({ name }) => name === volume?.configMap?.name);
      const agent = daemonSet?.mounts.find(({ name }) => name === 'acme-agent');

      const [module, cards] = [join(directory, basename(path)), join(directory, agent?.mountPath ?? '')];
      writeFileSync(module, configMap?.data[basename(path)] ?? '');
      for (const folder of [
        cards,
        join(directory, 'host/sys/class/infiniband'),
        join(directory, 'host/dev/infiniband'),
      ])
        mkdirSync(folder, { recursive: true });
      const card = { name: 'acme_0', slot: '0000:81:00.0', numa: 1, index: 7, netdev: 'acme0', link: 'up' };
      writeFileSync(join(cards, 'cards.json'), JSON.stringify({ cards: [card] }));
      const words = ['--host-root', join(directory, 'host'), '--discovery-module', module];
      const { status, out } = await runProgram(['discover', '-o', 'json', ...words]);
      expect({ status, out }).toEqual({ status: 0, out: expect.stringContaining('"acme_0"') });
    },
    livenessMs,
  );

  it('is quoted in the page about modules', () => {
    const [, ...lines] = readFileSync(join(example, 'kustomization.yaml'), 'utf8').split('\n');
    const page = readFileSync(join(root, 'docs/adding-a-vendor.md'), 'utf8');
    expect(page).toContain(`\`\`\`yaml\n${lines.join('\n')}\`\`\``);
  });
});
