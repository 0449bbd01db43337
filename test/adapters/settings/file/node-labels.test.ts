// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AbsentNodeLabels } from '#adapters/settings/absent-node-labels.ts';
import { FileNodeLabels, parseLabels } from '#adapters/settings/file/node-labels.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

describe('parseLabels', () => {
  it('parses what the downward API writes', () => {
    const { labels } = parseLabels('app="x"\nempty=""\ntopology.kubernetes.io/zone="eu-1a"');
    expect(Object.fromEntries(labels ?? [])).toEqual({ app: 'x', empty: '', 'topology.kubernetes.io/zone': 'eu-1a' });
  });

  it.each([
    ['accepts an empty text', '', 0],
    ['accepts blank lines and CRLF', 'a="1"\r\n\n  b="2"\n', 2],
    ['uses the last of two values', 'a="1"\na="2"', 1],
  ])('%s', (_, text, size) => {
    expect(parseLabels(text).labels?.size).toBe(size);
  });

  it.each([
    ['without quotes', 'a=1', 1],
    ['without a key', 'a="1"\n="2"', 2],
    ['of YAML', 'a: "1"', 1],
    ['with an escape, which no label has', 'a="\\n"', 1],
    ['with more text after it', 'a="1" b="2"', 1],
  ])('rejects a line %s, and names it', (_, text, line) => {
    expect(parseLabels(text)).toEqual({ labels: null, line });
  });

  it('parses any labels in this format, and never throws', () => {
    const key = fc.stringMatching(/^[a-z0-9./_-]{1,20}$/);
    const value = fc.stringMatching(/^[A-Za-z0-9._-]{0,20}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(key, value), { selector: ([name]) => name }), fc.string(), (pairs, noise) => {
        expect([...(parseLabels(pairs.map(([name, text]) => `${name}="${text}"`).join('\n')).labels ?? [])]).toEqual(
          pairs,
        );
        expect(() => parseLabels(noise)).not.toThrow();
      }),
    );
  });
});

describe('FileNodeLabels', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rdma-labels-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const read = async (path: string) => await new FileNodeLabels({ path, clock: new SteppedClock() }).read();

  it('reports a missing file as retryable', async () => {
    expect(await read(join(folder, 'labels'))).toMatchObject({
      retryable: true,
      problem: { code: 'NODE_LABELS_FILE_MISSING', remedy: expect.stringContaining('--node-labels-file') },
    });
  });

  it('rejects a directory', async () => {
    expect(await read(folder)).toMatchObject({
      retryable: false,
      problem: { code: 'NODE_LABELS_FILE_UNREADABLE', message: expect.stringContaining('is a directory') },
    });
  });

  it('rejects an invalid file and names the line', async () => {
    writeFileSync(join(folder, 'labels'), 'a="1"\nnonsense');
    expect(await read(join(folder, 'labels'))).toMatchObject({
      retryable: false,
      problem: { code: 'NODE_LABELS_FILE_INVALID', message: expect.stringContaining('Line 2') },
    });
  });
});

describe('AbsentNodeLabels', () => {
  it('names the possible sources of labels', async () => {
    expect(await new AbsentNodeLabels().read()).toMatchObject({
      labels: null,
      retryable: false,
      problem: {
        code: 'NODE_LABELS_UNAVAILABLE',
        remedy: expect.stringMatching(/--config-source kubernetes.*--node-labels-file/),
      },
    });
  });
});
