// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { type CommandDeclaration, commandNames, commands } from '#adapters/cli/commands.ts';
import { flags, variableOf } from '#adapters/cli/flags.ts';
import { parseArguments } from '#adapters/cli/parse-arguments.ts';

function helpOf(...words: readonly string[]): string {
  const result = parseArguments(words, {});
  if (result.kind !== 'exit' || result.status !== 0) throw new Error(`no help for ${words.join(' ')}`);
  return result.text;
}

describe('the help', () => {
  it.each([['-h'], ['--help'], ['help']])('of the program lists every command: %s', (word) => {
    const text = helpOf(word);
    for (const name of commandNames) expect(text).toContain(`  ${name} `);
  });

  it.each(commandNames)('of %s names its flags, their variables and no others', (name) => {
    const text = helpOf(name, '--help');
    expect(helpOf('help', name)).toBe(text);
    const { flags: read }: CommandDeclaration = commands[name];
    for (const flag of Object.keys(flags)) {
      const isRead = read.some((one) => one === flag);
      expect(text.includes(`  --${flag} `)).toBe(isRead);
      if (isRead && flag !== 'output') expect(text.replaceAll(/\s+/g, '')).toContain(`[${variableOf(flag)}]`);
    }
  });

  it.each(commandNames)('of %s has examples that the program accepts', (name) => {
    const examples: CommandDeclaration['examples'] = commands[name].examples;
    expect(examples.length).toBeGreaterThan(0);
    for (const [line] of examples) {
      const result = parseArguments(line.replace(/ >.*/, '').split(' '), {});
      expect({ line, accepted: result.kind === 'command' || result.status === 0 }).toEqual({ line, accepted: true });
    }
  });

  it('fits a terminal of 80 columns', () => {
    const lines = [helpOf('-h'), ...commandNames.map((name) => helpOf(name, '-h'))].join('\n').split('\n');
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('reads every flag in some command', () => {
    const read = new Set<string>(commandNames.flatMap((name): readonly string[] => commands[name].flags));
    expect(Object.keys(flags).filter((flag) => !read.has(flag))).toEqual([]);
  });
});
