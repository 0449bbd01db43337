// SPDX-License-Identifier: Apache-2.0
import { ProblemError, createProblem } from '#domain/problem/problem.ts';
// By property, not from node:fs/promises: that module is then loaded only where CDI is used.
import { promises as fs } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CdiSpec, cdiVendor } from '#domain/grant/cdi-spec.ts';
import type { CdiSpecStore } from '#ports/cdi-spec-store.ts';

/** The oldest version of the CDI format that has all that we write (CDI SPEC.md). */
const cdiVersion = '0.3.0';

/** Our files, and no others, have this form; `.tmp` ones are left-overs of a write that was cut short. */
const ownForm = new RegExp(`^\\.?${cdiVendor.replaceAll('.', '\\.')}-.*\\.(json|tmp)$`);

interface Written {
  readonly text: string;
  readonly identity: string;
}

/** CDI specs as JSON files, one a kind, each made beside its place and renamed into it. */
export class FileCdiSpecStore implements CdiSpecStore {
  private readonly written = new Map<string, Written>();

  constructor(private readonly directory: string) {}

  async replaceAll(specs: readonly CdiSpec[]): Promise<void> {
    // A spec without devices is invalid, and an invalid file makes runtimes complain about all of them.
    const wanted = specs.filter((spec) => spec.devices.length > 0);
    try {
      await makeDirectory(this.directory);
      for (const spec of wanted) await this.ensure(spec);
      await this.removeOthers(new Set(wanted.map(fileNameOf)));
    } catch (error) {
      throw this.unusable(error);
    }
  }

  async ensure(spec: CdiSpec): Promise<void> {
    const name = fileNameOf(spec);
    const text = textOf(spec);
    const known = this.written.get(name);
    if (known?.text === text && known.identity === (await identityOf(join(this.directory, name)))) return;
    try {
      await this.write(name, text);
    } catch (error) {
      throw this.unusable(error);
    }
  }

  private async write(name: string, text: string): Promise<void> {
    const path = join(this.directory, name);
    const temporary = join(this.directory, `.${name}.${Math.random().toString(36).slice(2)}.tmp`);
    try {
      await writeDurably(temporary, text);
      await fs.rename(temporary, path);
    } catch (error) {
      await fs.rm(temporary, { force: true }).catch(() => {});
      throw error;
    }
    this.written.set(name, { text, identity: (await identityOf(path)) ?? '' });
  }

  private async removeOthers(wanted: ReadonlySet<string>): Promise<void> {
    for (const name of await fs.readdir(this.directory)) {
      if (!ownForm.test(name) || wanted.has(name)) continue;
      await fs.rm(join(this.directory, name), { force: true });
      this.written.delete(name);
    }
  }

  private unusable(error: unknown): unknown {
    if (error instanceof ProblemError) return error;
    // The code alone: Node's message names the temporary file, and so would be another one each time.
    const cause = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : String(error);
    return new ProblemError([
      createProblem('CDI_DIRECTORY_UNUSABLE', {
        subject: this.directory,
        message: `CDI specs cannot be written to ${this.directory} (${cause}).`,
        remedy:
          'Mount the directory writable, name another one that the container runtime reads with --cdi-dir, or leave out --use-cdi.',
      }),
    ]);
  }
}

function fileNameOf(spec: CdiSpec): string {
  return `${spec.kind.replace('/', '-')}.json`;
}

function textOf(spec: CdiSpec): string {
  const devices = spec.devices.map(({ name, deviceNodes }) => ({ name, containerEdits: { deviceNodes } }));
  return `${JSON.stringify({ cdiVersion, kind: spec.kind, devices }, null, 2)}\n`;
}

/** Not mkdir's own `recursive`: on file systems that refuse new names with ENOENT, as procfs does, Node tries for ever. */
async function makeDirectory(path: string): Promise<void> {
  if (await exists(path)) return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectory(parent);
  await fs.mkdir(path).catch((error: unknown) => {
    if (!(typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST')) throw error;
  });
}

async function exists(path: string): Promise<boolean> {
  return await fs.stat(path).then(
    () => true,
    () => false,
  );
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await fs.open(path, 'wx', 0o644);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function identityOf(path: string): Promise<string | null> {
  try {
    const { dev, ino, size, mtimeMs } = await fs.lstat(path);
    return [dev, ino, size, mtimeMs].join(':');
  } catch {
    return null;
  }
}
