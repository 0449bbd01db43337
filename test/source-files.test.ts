// SPDX-License-Identifier: Apache-2.0
import { basename, dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { filesUnder, isGenerated, lineCount, textOf } from './support/source-tree.ts';

const sources = filesUnder('src').filter((file) => !isGenerated(file));
const tests = filesUnder('test');
const folders = [...new Set(sources.map((file) => dirname(file)))].filter((folder) => folder !== 'src').toSorted();

/** Files that break a limit and wait to be split. A file that no longer breaks it must leave the list. */
const waiting = {
  sourceOver300Lines: [] as readonly string[],
  testOver400Lines: [] as readonly string[],
  nameRepeatsFolder: [] as readonly string[],
  lineOver120Characters: [] as readonly string[],
};

/** Returns the first cell, without backticks, and the second cell of each row in the table under a heading of a page. */
function tableUnder(page: string, heading: string): readonly (readonly [folder: string, sentence: string])[] {
  const section =
    textOf(page)
      .split(new RegExp(`^## ${heading}$`, 'm'))[1]
      ?.split(/^## /m)[0] ?? '';
  return [...section.matchAll(/^\| `([^`]+)`\s*\| ([^|]+?)\s*\|/gm)].map(([, folder = '', text = '']) => [
    folder,
    text,
  ]);
}

describe('files of src', () => {
  it('have at most 300 lines', () => {
    expect(sources.filter((file) => lineCount(file) > 300)).toEqual(waiting.sourceOver300Lines);
  });

  it('have lines of at most 120 characters', () => {
    const long = sources.filter((file) =>
      textOf(file)
        .split('\n')
        .some((line) => line.length > 120),
    );
    expect(long).toEqual(waiting.lineOver120Characters);
  });

  it('do not repeat the name of their folder in their own', () => {
    const repeating = sources.filter((file) => basename(file).startsWith(`${basename(dirname(file))}-`));
    expect(repeating).toEqual(waiting.nameRepeatsFolder);
  });

  it('have a subject: none is an index, or a collection of utilities', () => {
    const nameless = /(^|-)(index|utils?|helpers?|common|base|impl|manager)\.ts$/;
    expect(sources.filter((file) => nameless.test(basename(file)))).toEqual([]);
  });

  it.each(folders)('are at most 14 in %s', (folder) => {
    const files = sources.filter((file) => dirname(file) === folder).map((file) => basename(file));
    expect(files.length <= 14 ? [] : files).toEqual([]);
  });
});

describe('files of test', () => {
  it('have at most 400 lines', () => {
    expect(tests.filter((file) => lineCount(file) > 400)).toEqual(waiting.testOver400Lines);
  });
});

describe('the folders of docs/architecture.md', () => {
  const described = tableUnder('docs/architecture.md', 'Folders');

  it('are the folders of src that hold files, each once', () => {
    expect(described.map(([folder]) => `src/${folder}`).toSorted()).toEqual(folders);
  });

  it.each(described)('have a sentence that says what belongs into %s: %s', (_, sentence) => {
    expect(sentence).toMatch(/^[A-Z].{15,}\.$/);
  });
});
