// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileCdiSpecStore } from '#adapters/cdi/file-cdi-spec-store.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { type CdiWorld, cdiSpecStoreContract } from './cdi-spec-store.suite.ts';

interface SpecFile {
  readonly kind: string;
  readonly devices: readonly { readonly name: string }[];
}

function fileWorld(): CdiWorld {
  const home = mkdtempSync(join(tmpdir(), 'rdma-cdi-'));
  const directory = join(home, 'cdi');
  mkdirSync(directory);
  const clock = new SteppedClock();
  const files = (): readonly string[] => readdirSync(directory).filter((name) => name.endsWith('.json'));
  const read = (file: string): SpecFile => JSON.parse(readFileSync(join(directory, file), 'utf8')) as SpecFile;
  return {
    store: new FileCdiSpecStore(directory, clock),
    another: () => new FileCdiSpecStore(directory, clock),
    stored: () =>
      Object.fromEntries(
        files()
          .map(read)
          .map(({ kind, devices }) => [kind, devices.map(({ name }) => name)]),
      ),
    damage: (kind, how) => {
      const file = join(directory, files().find((name) => read(name).kind === kind) ?? '');
      if (how === 'remove') rmSync(file);
      else writeFileSync(file, 'nonsense');
    },
    block: () => {
      rmSync(directory, { recursive: true });
      writeFileSync(directory, 'in the way');
    },
    unblock: () => rmSync(directory),
    close: () => rmSync(home, { recursive: true }),
  };
}

cdiSpecStoreContract('FileCdiSpecStore', fileWorld);
