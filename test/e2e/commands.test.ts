// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { livenessMs } from '../support/node-fixture.ts';
import { runProgram } from '../support/program-fixture.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const hcas = join(root, 'examples/nodes/eight-rails.yaml');
const settings = join(root, 'deploy/kustomize/base/config.json');

describe('the built program as a command', () => {
  it(
    'explains settings on a node that does not exist',
    async () => {
      const result = await runProgram(['explain', '--config-file', settings, '--fake-hcas', hcas, '-o', 'json']);
      expect({ status: result.status, err: result.err }).toEqual({ status: 0, err: '' });
      expect(JSON.parse(result.out)).toMatchObject({ resources: [{ hcas: { length: 8 }, emptyReason: null }] });
    },
    livenessMs,
  );

  it(
    'explains an HCA that it does not know with status 1, and without a stack',
    async () => {
      const { status, out, err } = await runProgram(['explain', 'no', '--config-file', settings, '--fake-hcas', hcas]);
      expect({ status, out }).toEqual({ status: 1, out: '' });
      expect(err).toMatch(/^error: no is neither a resource of the settings .*\n {2}Name one of these/);
    },
    livenessMs,
  );

  it.each([
    ['0 for valid settings', settings, 0],
    ['1 for anything else', hcas, 1],
  ])(
    'validates with status %s',
    async (_, file, expected) => {
      const { status, out, err } = await runProgram(['validate', file]);
      expect({ status, err }).toEqual({ status: expected, err: '' });
      expect(out).toMatch(expected === 0 ? /: valid, / : /: invalid, /);
    },
    livenessMs,
  );

  it(
    'prints the JSON Schema of the settings',
    async () => {
      const { status, out } = await runProgram(['schema']);
      const documented: unknown = JSON.parse(readFileSync(join(root, 'docs/settings.schema.json'), 'utf8'));
      const printed: unknown = JSON.parse(out);
      expect({ status, printed }).toEqual({ status: 0, printed: documented });
    },
    livenessMs,
  );
});
