// SPDX-License-Identifier: Apache-2.0
// By property, not from node:fs/promises, so that the module is loaded only where CDI is used.
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { fileIdentity, makeDirectory, replaceFile } from '#adapters/host/durable-file.ts';
import type { CdiDevice, CdiSpec } from '#domain/grant/cdi-spec.ts';
import { retain, withRetained } from '#domain/grant/retained-devices.ts';
import { type Problem, ProblemError, problemsOf } from '#domain/problem/problem.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import type { Clock } from '#ports/clock.ts';
import { withDeadline } from '#timing/deadline.ts';
import { cdiDirectoryUnusable, cdiWriteTimeout } from './problems.ts';
import { fileNameOf, readDevices, textOf } from './spec-file.ts';
import { removeSurplus } from './surplus-files.ts';

/** What the kubelet may wait for in an Allocate. */
const ensureMs = 5_000;

/** A spec as this instance wrote it last. */
interface StoredSpec {
  /** As it was given last. */
  readonly offered: CdiSpec;
  readonly retained: readonly CdiDevice[];
  readonly text: string;
  readonly identity: string;
}

/**
 * Writes each CDI spec as a JSON file of its own. Operations run one at a time, in the order of the calls. A file that
 * another instance wrote is read before it is replaced, so that the names that were granted from it stay valid.
 */
export class FileCdiSpecStore implements CdiSpecStore {
  /** By kind. */
  private readonly stored = new Map<string, StoredSpec>();
  private given: ReadonlySet<string> = new Set();
  private lastOperation: Promise<void> = Promise.resolve();

  constructor(
    private readonly directory: string,
    private readonly clock: Clock,
  ) {}

  async store(specs: readonly CdiSpec[]): Promise<ReadonlyMap<string, Problem>> {
    const failures = new Map<string, Problem>();
    await this.inTurn(async () => {
      this.given = new Set(specs.map(({ kind }) => kind));
      for (const spec of specs) {
        const problem = await this.attempt(() => this.write(spec));
        if (problem !== null) failures.set(spec.kind, problem);
      }
      await removeSurplus(this.directory, new Set([...this.stored.values()].map(({ offered }) => fileNameOf(offered))));
    });
    return failures;
  }

  async ensure(spec: CdiSpec): Promise<void> {
    if (await this.isStoredAsGiven(spec)) return;
    const work = this.inTurn(() => this.write(spec));
    await withDeadline(this.clock, ensureMs, work, () => {
      throw new ProblemError([cdiWriteTimeout]);
    });
  }

  retired(): readonly string[] {
    const resources = [...this.stored.values()].flatMap(({ offered, retained }) =>
      retained.length > 0 || !this.given.has(offered.kind) ? [offered.resource] : [],
    );
    return [...new Set(resources)];
  }

  async release(resources: ReadonlySet<string>): Promise<void> {
    await this.inTurn(async () => {
      for (const [kind, spec] of this.stored) if (resources.has(spec.offered.resource)) await this.drop(kind, spec);
    });
  }

  private async drop(kind: string, { offered, identity }: StoredSpec): Promise<void> {
    if (this.given.has(kind) && offered.devices.length > 0) return await this.replace(offered, []);
    const path = this.pathOf(offered);
    // Another instance may have written it since.
    if ((await fileIdentity(path)) === identity) await fs.rm(path, { force: true });
    this.stored.delete(kind);
  }

  /** Two operations at a time would remove each other's temporary files, and could let the older text win. */
  private async inTurn(operation: () => Promise<void>): Promise<void> {
    const result = this.lastOperation.then(operation);
    this.lastOperation = result.catch(() => {});
    try {
      await result;
    } catch (error) {
      throw this.unusable(error);
    }
  }

  private async attempt(work: () => Promise<void>): Promise<Problem | null> {
    try {
      await work();
      return null;
    } catch (error) {
      return problemsOf(this.unusable(error))[0] ?? null;
    }
  }

  /** Nothing is written for a resource that has never had a device: runtimes reject a spec without devices. */
  private async write(spec: CdiSpec): Promise<void> {
    const last = this.stored.get(spec.kind);
    const isOurs = last !== undefined && last.identity === (await fileIdentity(this.pathOf(spec)));
    const earlier = last === undefined ? [] : [...last.offered.devices, ...last.retained];
    const found = isOurs ? [] : await readDevices(this.pathOf(spec));
    const retained = retain(spec, [...earlier, ...found]);
    if (spec.devices.length + retained.length === 0) return;
    if (isOurs && last.text === textOf(withRetained(spec, retained)))
      this.stored.set(spec.kind, { ...last, offered: spec, retained });
    else await this.replace(spec, retained);
  }

  private async replace(spec: CdiSpec, retained: readonly CdiDevice[]): Promise<void> {
    const [path, text] = [this.pathOf(spec), textOf(withRetained(spec, retained))];
    await makeDirectory(this.directory);
    const random = Math.random().toString(36).slice(2);
    await replaceFile(path, join(this.directory, `.${fileNameOf(spec)}.${random}.tmp`), text);
    this.stored.set(spec.kind, { offered: spec, retained, text, identity: (await fileIdentity(path)) ?? '' });
  }

  /** Asked at each Allocate, so it does not wait for its turn. */
  private async isStoredAsGiven(spec: CdiSpec): Promise<boolean> {
    const last = this.stored.get(spec.kind);
    if (last === undefined || textOf(withRetained(spec, last.retained)) !== last.text) return false;
    const identity = fileIdentity(this.pathOf(spec));
    return last.identity === (await withDeadline(this.clock, ensureMs, identity, () => null));
  }

  private pathOf(spec: CdiSpec): string {
    return join(this.directory, fileNameOf(spec));
  }

  private unusable(error: unknown): ProblemError {
    return new ProblemError([cdiDirectoryUnusable(this.directory, error)], { cause: error });
  }
}
