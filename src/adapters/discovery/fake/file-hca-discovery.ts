// SPDX-License-Identifier: Apache-2.0
import { type Problem, ProblemError, createProblem, messageOf } from '#domain/problem/problem.ts';
// Not from node:fs/promises, which would take time to load at each start.
import { promises as fs } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { watchDirectory } from '#adapters/host/directory-hints.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import type { Clock } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { Debounce } from '#timing/debounce.ts';
import { SingleFlight } from '#timing/single-flight.ts';
import { watchNothing } from './hca-discovery.ts';
import { FakeHost } from './host.ts';
import { parseFakeHcas, type FakeHcasReading, type ParseYaml } from './parse-hcas.ts';

const debounceMs = 50;
const fileLimit = 1 << 20;

/**
 * Fake HCAs from a file (for its format, see `parseFakeHcas`), which is read at each scan: an edit takes effect while
 * the program runs. While the file is invalid, the last valid HCAs stay, with problems. Until the file is valid for the
 * first time, a scan rejects with a ProblemError.
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
  private hasHcas = false;
  private problems: readonly Problem[] = [];
  /** One at a time, because a scan that read an older text must not finish last. */
  private readonly refresh = new SingleFlight(() => this.readFile());

  constructor(source: { readonly file: string; readonly parseYaml: ParseYaml; readonly clock: Clock }) {
    this.file = resolve(source.file);
    this.parseYaml = source.parseYaml;
    this.clock = source.clock;
  }

  async scan(): Promise<Inventory> {
    await this.refresh.request();
    if (!this.hasHcas) throw new ProblemError(this.problems);
    const inventory = this.host.inventory();
    return Object.freeze({ ...inventory, problems: Object.freeze([...inventory.problems, ...this.problems]) });
  }

  watch(onHint: () => void): () => void {
    const hint = new Debounce(this.clock, debounceMs, onHint);
    const stopWatching = watchDirectory(dirname(this.file), (name) => {
      // A mounted ConfigMap changes when the kubelet swaps the link `..data`.
      if (name === null || name === basename(this.file) || name === '..data') hint.trigger();
    });
    return () => {
      stopWatching();
      hint.stop();
    };
  }

  watchLinks(): () => void {
    return watchNothing();
  }

  private async readFile(): Promise<void> {
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
    this.hasHcas = true;
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
      message: `The file of fake HCAs ${file} cannot be read: ${cause}.`,
      remedy: 'Set --fake-hcas to a readable YAML file, for example with the line: hcas: [{name: mlx5_0}].',
    }),
  );
}
