// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path';
import { readTextFile } from '#adapters/host/bounded-file.ts';
import { followFile } from '#adapters/host/follow-file.ts';
import type { Inventory } from '#domain/hca/hca.ts';
import { type Problem, ProblemError, createProblem, messageOf } from '#domain/problem/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { ExtraNodes } from '#ports/extra-nodes.ts';
import type { HcaChangeHints } from '#ports/hca-change-hints.ts';
import type { HcaDiscovery } from '#ports/hca-discovery.ts';
import { SingleFlight } from '#timing/single-flight.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { FakeHost } from './host.ts';
import { type ParseYaml, parseFakeHcas } from './parse-hcas.ts';

/**
 * Fake HCAs from a file (for its format, see `parseFakeHcas`), which is read at each scan: an edit takes effect while
 * the program runs. While the file is invalid, the last valid HCAs stay, with problems. Until the file is valid for the
 * first time, a scan rejects with a ProblemError.
 */
export class FileFakeHcaDiscovery implements HcaDiscovery, HcaChangeHints {
  readonly extraNodes: ExtraNodes = {
    find: async (patterns) => {
      await this.scan().catch(() => {});
      return this.host?.extraNodes(patterns) ?? [];
    },
    watch: (_patterns, onHint) => this.watch(onHint),
  };
  private readonly file: string;
  private readonly parseYaml: ParseYaml;
  private readonly clock: Clock;
  private text: string | null = null;
  private host: FakeHost | null = null;
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
    if (this.host === null) throw new ProblemError(this.problems);
    const inventory = this.host.inventory();
    return deepFreeze({ ...inventory, problems: [...inventory.problems, ...this.problems] });
  }

  watch(onHint: () => void): () => void {
    return followFile({ path: this.file, clock: this.clock }, onHint);
  }

  /** Nothing more: `watch` reports changes of links as well. */
  watchLinks(): () => void {
    return () => {};
  }

  private async readFile(): Promise<void> {
    try {
      const text = await readTextFile(this.file);
      if (text === this.text) return;
      this.text = text;
      await this.apply(text);
    } catch (error) {
      this.text = null;
      this.problems = [unreadable(this.file, messageOf(error))];
    }
  }

  private async apply(text: string): Promise<void> {
    const { hardware, problems } = await parseFakeHcas(text, this.parseYaml);
    this.problems = problems.map((problem) => this.inFile(problem));
    if (hardware === null) return;
    this.host ??= new FakeHost();
    this.host.replace(hardware);
  }

  private inFile(problem: Problem): Problem {
    const { subject, message } = problem;
    return { ...problem, subject: `${this.file}: ${subject}`, message: `In ${this.file}: ${message}` };
  }
}

function unreadable(file: string, cause: string): Problem {
  return createProblem('FAKE_HCAS_UNREADABLE', {
    subject: file,
    message: `The file of fake HCAs ${file} cannot be read: ${cause}.`,
    remedy: 'Set --fake-hcas to a readable YAML file, for example with the line: hcas: [{name: mlx5_0}].',
  });
}
