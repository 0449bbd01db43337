// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileConfigSource } from '#adapters/settings/file/config-source.ts';
import { readSettings } from '#adapters/settings/read-settings.ts';
import { KubernetesConfigSource } from '#adapters/kubernetes/config-map/config-source.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { ConfigReading } from '#ports/config-source.ts';
import { HeldConfigSource } from '../support/held-config-source.ts';
import { FakeApiServer } from '../support/fake-api-server.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { type ConfigStage, configSourceContract } from './config-source.suite.ts';

/** How a document is written to a directory. */
interface Writer {
  put(directory: string, text: string): void;
  clear(directory: string): void;
}

const inPlace: Writer = {
  put: (directory, text) => writeFileSync(join(directory, 'config.json'), text),
  clear: (directory) => rmSync(join(directory, 'config.json'), { force: true }),
};

const byRename: Writer = {
  put: (directory, text) => {
    writeFileSync(join(directory, '.config.json.swp'), text);
    renameSync(join(directory, '.config.json.swp'), join(directory, 'config.json'));
  },
  clear: (directory) => inPlace.clear(directory),
};

/** Writes like the kubelet's atomic writer: a directory for each version, and one link that is swapped. */
function asConfigMap(): Writer {
  let version = 0;
  const swap = (directory: string, text: string | null): void => {
    version += 1;
    mkdirSync(join(directory, `..v${version}`));
    if (text !== null) writeFileSync(join(directory, `..v${version}`, 'config.json'), text);
    symlinkSync(`..v${version}`, join(directory, '..data_tmp'));
    renameSync(join(directory, '..data_tmp'), join(directory, '..data'));
    rmSync(join(directory, `..v${version - 1}`), { recursive: true, force: true });
  };
  return {
    put: (directory, text) => {
      swap(directory, text);
      try {
        symlinkSync('..data/config.json', join(directory, 'config.json'));
      } catch {
        // The link exists since the previous version.
      }
    },
    clear: (directory) => swap(directory, null),
  };
}

function fileStage(writer: Writer): ConfigStage {
  const home = mkdtempSync(join(tmpdir(), 'rdma-config-'));
  const directory = join(home, 'mounted');
  mkdirSync(directory);
  const clock = new SteppedClock();
  return {
    source: new FileConfigSource({ path: join(directory, 'config.json'), clock }),
    clock,
    set: async (text) => await Promise.resolve(writer.put(directory, text)),
    clear: async () => await Promise.resolve(writer.clear(directory)),
    removePlace: async () => await Promise.resolve(rmSync(directory, { recursive: true })),
    restorePlace: async (text) => {
      mkdirSync(directory);
      await Promise.resolve(writer.put(directory, text));
    },
    close: async () => await Promise.resolve(rmSync(home, { recursive: true })),
  };
}

/** A ConfigMap on an API server. The place of the settings is the server. */
async function kubernetesStage(): Promise<ConfigStage> {
  const server = new FakeApiServer();
  await server.start();
  const clock = new SteppedClock();
  const put = (text: string): void => server.set('settings', { data: { 'config.json': text } });
  return {
    source: new KubernetesConfigSource({
      access: server.access(),
      configMap: { namespace: 'ns', name: 'settings' },
      key: null,
      stateDirectory: null,
      decode: readSettings,
      clock,
      random: () => 0.5,
    }),
    clock,
    set: async (text) => await Promise.resolve(put(text)),
    clear: async () => await Promise.resolve(server.remove('settings')),
    removePlace: () => server.stop(),
    restorePlace: async (text) => {
      put(text);
      await server.start();
    },
    close: () => server.stop(),
  };
}

/** A source in memory, with problems of its own for a missing value or place. */
async function heldStage(): Promise<ConfigStage> {
  const missing = (what: string): ConfigReading => {
    const problem: Problem = {
      code: 'MISSING',
      actor: 'operator',
      subject: 'test',
      message: `The ${what} is missing.`,
      remedy: 'Restore it in the source.',
    };
    return { valid: false, retryable: true, problems: [problem], warnings: [] };
  };
  const source = new HeldConfigSource(missing('value'));
  const set = async (text: string): Promise<void> =>
    source.become(await readSettings('config.json', Buffer.from(text)));
  return await Promise.resolve({
    source,
    clock: new SteppedClock(),
    set,
    clear: async () => await Promise.resolve(source.become(missing('value'))),
    removePlace: async () => await Promise.resolve(source.become(missing('place'))),
    restorePlace: set,
    close: async () => await Promise.resolve(),
  });
}

configSourceContract('in memory', heldStage);
configSourceContract('a file written in place', async () => await Promise.resolve(fileStage(inPlace)));
configSourceContract('a file renamed into place', async () => await Promise.resolve(fileStage(byRename)));
configSourceContract('a file of a mounted ConfigMap', async () => await Promise.resolve(fileStage(asConfigMap())));
configSourceContract('a ConfigMap of the Kubernetes API', kubernetesStage);
