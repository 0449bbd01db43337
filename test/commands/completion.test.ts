// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { commandNames } from '#adapters/cli/commands.ts';
import { completionScript } from '#src/commands/completion.ts';

/** Returns what bash offers for the last of these words. */
function offered(...words: readonly string[]): readonly string[] {
  const line = ['rdma-shared-dp', ...words].map((word) => `'${word}'`).join(' ');
  const code = `${completionScript('bash')}
    COMP_WORDS=(${line}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _rdma_shared_dp; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', code], { encoding: 'utf8', cwd: '/' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe('the completion for bash', () => {
  it.each<[readonly string[], readonly string[]]>([
    [[''], commandNames],
    [['ex'], ['explain']],
    [['discover', '--o'], ['--output']],
    [
      ['discover', '-o', ''],
      ['table', 'wide', 'json', 'yaml', 'name'],
    ],
    [['version', '--output', 'j'], ['json']],
    [['version', '--use'], []],
    [['--regis'], ['--registration']],
    [['run', '--registration', 'p'], ['plugins-registry']],
    [
      ['run', '--use-cdi', ''],
      ['true', 'false'],
    ],
    [['help', 'va'], ['validate']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['validate', '/et'], ['/etc']],
    [['run', '--config-file', '/et'], ['/etc']],
  ])('offers for %j: %j', (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });
});

describe('the completion for other shells', () => {
  it('is that for bash in zsh', () => {
    expect(completionScript('zsh')).toContain(completionScript('bash'));
  });

  it('has a line for each command and flag in fish', () => {
    const script = completionScript('fish');
    for (const name of commandNames) expect(script).toContain(` -a ${name} -d '`);
    expect(script).toContain("-n '__fish_seen_subcommand_from version' -l output -s o -x -a 'table json'");
    expect(script).toContain(String.raw`the kubelet\'s --root-dir`);
  });
});
