// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { validateFiles } from '#src/commands/validate.ts';

const directory = mkdtempSync(join(tmpdir(), 'validate-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function validated(...paths: readonly string[]): Promise<{ readonly text: string; readonly valid: boolean }> {
  const { text, valid } = await validateFiles({ files: paths, format: 'table', withUpstream: false });
  return { text: text.replaceAll(`${directory}/`, ''), valid };
}

const good = '{"configList": [{"resourceName": "a", "rdmaHcaMax": 1, "selectors": {"vendors": ["15b3"]}}]}';
const bad = good.replace('1,', '"many",');

describe('validate', () => {
  it('accepts settings in JSON and in YAML', async () => {
    const yaml = file('good.yaml', 'configList:\n- {resourceName: a, rdmaHcaMax: 1, selectors: {vendors: ["15b3"]}}\n');
    expect(await validated(file('good.json', good), yaml)).toEqual({
      text: 'good.json: valid, 1 resource\ngood.yaml: valid, 1 resource\n',
      valid: true,
    });
  });

  it('reports errors and warnings with line and column, and what to do', async () => {
    const { text, valid } = await validated(file('bad.json', `\n${bad.replace('{"con', '{"x": 1, "con')}`));
    expect(valid).toBe(false);
    expect(text).toMatch(/^bad\.json: invalid, 1 error, 1 warning\n/);
    expect(text).toContain('  error: bad.json (line 2, column 61): configList[0].rdmaHcaMax is "many"');
    expect(text).toContain('\n    Write a whole number');
    expect(text).toContain('  warning: bad.json (line 2, column 2): x is not a setting');
  });

  it('counts a resource that the kubelet could not take as an error', async () => {
    const { text, valid } = await validated(file('rejected.json', good.replace('1,', '10000000,')));
    expect({ valid, head: text.split('\n')[0] }).toEqual({ valid: false, head: 'rejected.json: invalid, 1 error' });
  });

  it.each<[string, string, string]>([
    ['a literal block', `data:\n  config.json: |\n    ${bad}\n`, 'data.config.json (line 5, column 57)'],
    ['a quoted string', `data: {config.json: '${bad}'}\n`, 'data.config.json (line 1, column 53)'],
    ['the only key', `data:\n  settings: |-\n    ${bad}\n`, 'data.settings (line 5, column 57)'],
  ])('finds the settings of a ConfigMap in %s', async (_, data, place) => {
    const { text, valid } = await validated(file('map.yaml', `kind: ConfigMap\napiVersion: v1\n${data}`));
    expect(valid).toBe(false);
    expect(text).toContain(`error: map.yaml, ${place}: configList[0].rdmaHcaMax is "many"`);
  });

  it('finds the settings of a NicClusterPolicy, beside other objects and in several documents', async () => {
    const policy = `kind: NicClusterPolicy\nspec:\n  rdmaSharedDevicePlugin:\n    config: |\n      ${good}\n`;
    const secret = 'kind: Secret\ndata: {config.json: x}\n';
    const map = `kind: ConfigMap\ndata:\n  config.yaml: |\n    configList: []\n  notes.txt: hello\n`;
    const { text } = await validated(file('all.yaml', [policy, secret, map].join('---\n')));
    expect(text).toMatch(
      /^all\.yaml, spec\.rdmaSharedDevicePlugin\.config: valid, 1 resource\nall\.yaml, data\.config\.yaml: invalid/,
    );
    expect(text).toContain('data.config.yaml (line 13, column 17)');
    expect(text).not.toContain('notes');
  });

  it.each<[string, string, string]>([
    ['a file that does not exist', 'missing.yaml', 'does not exist.\n    Check the path.'],
    ['a directory', '.', 'is a directory.\n    Give the path of a settings file or a manifest, or -.'],
  ])('reports %s', async (_, name, expected) => {
    const { text, valid } = await validated(join(directory, name));
    expect(valid).toBe(false);
    expect(text).toContain(expected);
  });

  it('reports a file that is neither text nor YAML', async () => {
    const binary = file('binary', Uint8Array.from([0xff, 0xfe, 0]));
    const broken = file('broken.yaml', 'kind: ConfigMap\ndata: [\n');
    const { text } = await validated(binary, broken);
    expect(text).toContain('binary is not UTF-8 text');
    expect(text).toMatch(/error: broken\.yaml \(line \d+, column \d+\)/);
  });

  it('prints JSON for programs', async () => {
    const { text, valid } = await validateFiles({
      files: [file('bad.json', bad), file('good.json', good)],
      format: 'json',
      withUpstream: false,
    });
    expect(valid).toBe(false);
    expect(JSON.parse(text)).toMatchObject([
      { file: join(directory, 'bad.json'), valid: false, errors: [{ code: 'CONFIG_WRONG_TYPE' }], warnings: [] },
      { file: join(directory, 'good.json'), valid: true, resources: 1, errors: [] },
    ]);
  });
});
