// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, createProblem, messageOf } from '#domain/problem/problem.ts';
// By property, not from node:fs/promises, which takes time to load at a start that does not need it.
import { promises as fs } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { watchDirectory } from '#adapters/host/directory-hints.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import type { Clock } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { Debounce } from '#timing/debounce.ts';
import { nothingMoreToWatch } from './hca-discovery.ts';
import { FakeHost } from './host.ts';
import { parseFakeHcas, type FakeHcasReading, type ParseYaml } from './parse-hcas.ts';

const debounceMs = 50;
const fileLimit = 1 << 20;

/**
 * Fake HCAs from a file (its format: `parseFakeHcas`) that is read at each scan, so an edit takes effect while the
 * program runs. While the file is bad, the last good HCAs stay and `problems` says so; where there never were any, a
 * scan rejects with a ProblemError.
 */
export class FileFakeHcaDiscovery implements HcaDiscovery, HcaChangeHints {
  readonly extraNodes: ExtraNodes = {
    find: async (patterns) => {
      await this.scan().catch(() => {});
      return this.host.extraNodes(patterns);
    },
    watch: (_patterns, onHint) => this.watch(onHint),
  };
  private readonly host = new FakeHost();
  private readonly file: string;
  private readonly parseYaml: ParseYaml;
  private readonly clock: Clock;
  private text: string | null = null;
  private everGood = false;
  private problems: readonly Problem[] = [];
  private turn: Promise<void> = Promise.resolve();

  constructor(source: { readonly file: string; readonly parseYaml: ParseYaml; readonly clock: Clock }) {
    this.file = resolve(source.file);
    this.parseYaml = source.parseYaml;
    this.clock = source.clock;
  }

  async scan(): Promise<Inventory> {
    // In turn, because a scan that read an older text must not have the last word.
    this.turn = this.turn.then(() => this.refresh());
    await this.turn;
    if (!this.everGood) throw new ProblemError(this.problems);
    const present = this.host.inventory();
    return Object.freeze({ ...present, problems: Object.freeze([...present.problems, ...this.problems]) });
  }

  watch(onHint: () => void): () => void {
    const hint = new Debounce(this.clock, debounceMs, onHint);
    const stopWatching = watchDirectory(dirname(this.file), (name) => {
      // A mounted ConfigMap changes by a swap of the link `..data`.
      if (name === null || name === basename(this.file) || name === '..data') hint.trigger();
    });
    return () => {
      stopWatching();
      hint.stop();
    };
  }

  watchLinks(): () => void {
    return nothingMoreToWatch();
  }

  private async refresh(): Promise<void> {
    const text = await readBounded(this.file);
    if (typeof text !== 'string') {
      this.text = null;
      this.problems = [unreadable(this.file, text.cause)];
    } else if (text !== this.text) {
      this.text = text;
      this.apply(await parseFakeHcas(text, this.parseYaml));
    }
  }

  private apply(reading: FakeHcasReading): void {
    this.problems = reading.valid ? [] : reading.problems.map((problem) => this.inFile(problem));
    if (!reading.valid) return;
    this.everGood = true;
    this.host.replaceHcas(reading.hcas);
    this.host.setNetnsMode(reading.netnsMode);
    this.host.setExtraNodes(reading.extraNodes);
  }

  private inFile(problem: Problem): Problem {
    return Object.freeze({
      ...problem,
      subject: `${this.file}: ${problem.subject}`,
      message: `In ${this.file}: ${problem.message}`,
    });
  }
}

async function readBounded(path: string): Promise<string | { readonly cause: string }> {
  try {
    const file = await fs.open(path);
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(fileLimit + 1), 0, fileLimit + 1, 0);
      return bytesRead > fileLimit
        ? { cause: `it is larger than ${fileLimit} bytes` }
        : buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    return { cause: messageOf(error) };
  }
}

function unreadable(file: string, cause: string): Problem {
  return Object.freeze(
    createProblem('FAKE_HCAS_UNREADABLE', {
      subject: file,
      message: `The file of fake HCAs ${file} could not be read: ${cause}.`,
      remedy: 'Set --fake-hcas to a readable YAML file, for example one with the line: hcas: [{name: mlx5_0}].',
    }),
  );
}
