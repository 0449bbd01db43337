// SPDX-License-Identifier: Apache-2.0
// By property, not from node:fs/promises, so that the module is loaded only where CDI is used.
import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '#adapters/host/error-code.ts';
import { type CdiSpec, cdiVendor } from '#domain/grant/cdi-spec.ts';
import { ProblemError, createProblem } from '#domain/problem/problem.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';
import { fileIdentity, makeDirectory, replaceFile } from '#adapters/host/durable-file.ts';

/** The oldest version of the CDI format that has everything that is written here (CDI SPEC.md). */
const cdiVersion = '0.3.0';

/** Only files of this program have such names. A `.tmp` file is left over from an interrupted write. */
const ownFileName = new RegExp(`^\\.?${cdiVendor.replaceAll('.', '\\.')}-.*\\.(json|tmp)$`);

interface WrittenFile {
  readonly text: string;
  readonly identity: string;
}

/** Writes each CDI spec as a JSON file of its own. Operations run one at a time, in the order of the calls. */
export class FileCdiSpecStore implements CdiSpecStore {
  private readonly written = new Map<string, WrittenFile>();
  private lastOperation: Promise<void> = Promise.resolve();

  constructor(private readonly directory: string) {}

  async replaceAll(specs: readonly CdiSpec[]): Promise<void> {
    // A spec without devices is invalid, and one invalid file makes runtimes report errors about all of them.
    const wanted = specs.filter((spec) => spec.devices.length > 0);
    await this.inTurn(async () => {
      await makeDirectory(this.directory);
      for (const spec of wanted) await this.writeIfChanged(spec);
      await this.removeOthers(new Set(wanted.map(fileNameOf)));
    });
  }

  async ensure(spec: CdiSpec): Promise<void> {
    await this.inTurn(() => this.writeIfChanged(spec));
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

  private async writeIfChanged(spec: CdiSpec): Promise<void> {
    const name = fileNameOf(spec);
    const path = join(this.directory, name);
    const text = textOf(spec);
    const last = this.written.get(name);
    if (last?.text === text && last.identity === (await fileIdentity(path))) return;
    await replaceFile(path, join(this.directory, `.${name}.${Math.random().toString(36).slice(2)}.tmp`), text);
    this.written.set(name, { text, identity: (await fileIdentity(path)) ?? '' });
  }

  private async removeOthers(wanted: ReadonlySet<string>): Promise<void> {
    for (const name of await fs.readdir(this.directory)) {
      if (!ownFileName.test(name) || wanted.has(name)) continue;
      await fs.rm(join(this.directory, name), { force: true });
      this.written.delete(name);
    }
  }

  private unusable(error: unknown): ProblemError {
    // The code alone, since Node's message names the temporary file and would differ each time.
    const problem = createProblem('CDI_DIRECTORY_UNUSABLE', {
      subject: this.directory,
      message: `CDI specs cannot be written to ${this.directory} (${errorCode(error)}).`,
      remedy:
        'Mount the directory writable, set --cdi-dir to another directory that the container runtime reads, ' +
        'or remove --use-cdi.',
    });
    return new ProblemError([problem], { cause: error });
  }
}

function fileNameOf(spec: CdiSpec): string {
  return `${spec.kind.replace('/', '-')}.json`;
}

function textOf(spec: CdiSpec): string {
  const devices = spec.devices.map(({ name, deviceNodes }) => ({ name, containerEdits: { deviceNodes } }));
  return `${JSON.stringify({ cdiVersion, kind: spec.kind, devices }, null, 2)}\n`;
}
