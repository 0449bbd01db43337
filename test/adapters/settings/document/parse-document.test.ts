// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parseDocument } from '#adapters/settings/document/parse-document.ts';
import { parseYaml } from '#adapters/settings/document/parse-yaml.ts';
import { ProblemError } from '#domain/problem/problem.ts';

async function refusal(content: string | Uint8Array, name = 'config.json'): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const { problem } = await parseDocument(name, bytes);
  return problem === null
    ? 'none'
    : `${problem.code} ${/\(line.*?\)|offset \d+/.exec(problem.message)?.[0] ?? ''}`.trim();
}

describe('parseDocument rejects JSON', () => {
  it.each([
    ['{"a":1,}', 'CONFIG_SYNTAX (line 1, column 8)'],
    ['{"a":1}\nx', 'CONFIG_SYNTAX (line 2, column 1)'],
    ['{ // c\n}', 'CONFIG_SYNTAX (line 1, column 3)'],
    ['{"a":"\t"}', 'CONFIG_SYNTAX (line 1, column 7)'],
    ['{"ü😀":x}', 'CONFIG_SYNTAX (line 1, column 7)'],
    ['{"a":01}', 'CONFIG_SYNTAX (line 1, column 6)'],
    ['{"a":', 'CONFIG_INCOMPLETE (line 1, column 6)'],
    ['{"a', 'CONFIG_INCOMPLETE (line 1, column 4)'],
    ['{"configList": [\n', 'CONFIG_INCOMPLETE (line 1, column 17)'],
    ['[1,2', 'CONFIG_INCOMPLETE (line 1, column 5)'],
    ['['.repeat(1_000_000), 'CONFIG_TOO_DEEP (line 1, column 101)'],
    [`[${'1,'.repeat(60_000)}1]`, 'CONFIG_TOO_MANY_VALUES (line 1, column 100001)'],
  ])('%.20j', async (text, expected) => {
    expect(await refusal(text)).toBe(expected);
  });
});

describe('parseDocument rejects YAML', () => {
  it.each([
    ['a: 1\nb: 2\na: 3', 'CONFIG_KEY_DUPLICATE (line 3, column 1)'],
    ['a: 1\n---\nb: 2', 'CONFIG_YAML_MULTIPLE_DOCUMENTS (line 2, column 1)'],
    ['a: [', 'CONFIG_SYNTAX (line 1, column 5)'],
    ['\ta: 1', 'CONFIG_SYNTAX (line 1, column 1)'],
    ['a: *b', 'CONFIG_SYNTAX (line 1, column 4)'],
    ['a: &a [*a]', 'CONFIG_SYNTAX (line 1, column 8)'],
    ['- '.repeat(500_000), 'CONFIG_TOO_DEEP'],
    ['['.repeat(1_000_000), 'CONFIG_TOO_DEEP'],
    [exponentialAliases(), 'CONFIG_YAML_ALIAS'],
  ])('%.20j', async (text, expected) => {
    expect(await refusal(text, 'config.yaml')).toContain(expected);
  });
});

function exponentialAliases(): string {
  const names = Array.from('bcdefghij');
  const lines = names.map((name, index) => {
    const before = names[index - 1] ?? 'a';
    return `${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`;
  });
  return ['a: &a [ha, ha]', ...lines].join('\n');
}

describe('parseDocument rejects bytes', () => {
  it.each([
    [[], 'CONFIG_FILE_EMPTY'],
    [[0x20, 0x0a], 'CONFIG_FILE_EMPTY'],
    [[0xef, 0xbb, 0xbf], 'CONFIG_FILE_EMPTY'],
    [[0xff, 0xfe, 0x7b, 0], 'CONFIG_NOT_UTF8 offset 0'],
    [[0x7b, 0xc3, 0x28], 'CONFIG_NOT_UTF8 offset 2'],
    [[0x7b, 0x22, 0xc3], 'CONFIG_NOT_UTF8 offset 3'],
  ])('%j', async (bytes, expected) => {
    expect(await refusal(Uint8Array.from(bytes))).toBe(expected);
  });
});

describe('parseDocument parses a text', () => {
  it('as JSON after a byte order mark and white space', async () => {
    expect(await refusal('\uFEFF \n{}')).toBe('none');
  });

  it.each(['config.json', 'config'])('as YAML if %s does not begin like JSON', async (name) => {
    expect(await refusal('# settings\na: [1]', name)).toBe('none');
  });

  it.each(['config.yaml', 'config.YML'])('as YAML if it is called %s', async (name) => {
    expect(await refusal('{a: 1, }', name)).toBe('none');
  });

  it('as JSON exactly if JSON.parse parses it', async () => {
    const texts = fc.oneof(
      fc.json(),
      fc.json().chain((text) => fc.nat(text.length).map((length) => text.slice(0, length))),
      fc
        .array(
          fc.constantFrom(
            '{',
            '}',
            '[',
            ']',
            ',',
            ':',
            '"',
            'a',
            '\\',
            '1',
            '-',
            '.',
            'e',
            'null',
            ' ',
            '\n',
            '\u0001',
          ),
        )
        .map((parts) => parts.join('')),
    );
    const check = fc.asyncProperty(texts, async (inner) => {
      const text = `[${inner}]`;
      expect((await refusal(text)) === 'none').toBe(readsAsJson(text));
    });
    await fc.assert(check, { numRuns: 1000, seed: 1 });
  });
});

function readsAsJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('parseYaml', () => {
  it('gives plain values', async () => {
    expect(await parseYaml('a: [1, 0x10, "x", ~, true]\nb: &x {c: 1.5}\nd: *x')).toEqual({
      a: [1, 16, 'x', null, true],
      b: { c: 1.5 },
      d: { c: 1.5 },
    });
  });

  it('accepts JSON', async () => {
    expect(await parseYaml('{"hcas": []}')).toEqual({ hcas: [] });
  });

  it('rejects with the line and column of an error', async () => {
    await expect(parseYaml('a: [', 'hcas.yaml')).rejects.toThrow(ProblemError);
    await expect(parseYaml('a: [', 'hcas.yaml')).rejects.toThrow('hcas.yaml (line 1, column 5)');
  });
});
