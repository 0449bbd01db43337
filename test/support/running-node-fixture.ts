// SPDX-License-Identifier: Apache-2.0
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeHcaSpec } from '#adapters/discovery/fake/hca-spec.ts';
import type { ContainerGrant } from '#adapters/fake-kubelet/device-manager/pod.ts';
import { NodeFixture } from './node-fixture.ts';
import { AProgram } from './program-fixture.ts';

/** A node on which the built program runs, with fake HCAs from a file. */
export class ARunNode extends NodeFixture {
  private pods = 0;

  /** Puts these HCAs into the node in place of those that are there. JSON is YAML as well. */
  plug(...hcas: readonly FakeHcaSpec[]): void {
    this.put('hcas.yaml', JSON.stringify({ hcas }));
  }

  configure(...configList: readonly object[]): void {
    this.put('config.json', JSON.stringify({ configList }));
  }

  run(...words: readonly string[]): AProgram {
    const program = new AProgram([
      ...[
        '--config-file',
        join(this.directory, 'config.json'),
        '--discovery=fake',
        '--fake-hcas',
        join(this.directory, 'hcas.yaml'),
      ],
      ...[
        '--device-plugins-dir',
        this.directories.devicePlugins,
        '--plugins-registry-dir',
        this.directories.pluginsRegistry,
      ],
      ...['--registration=device-plugins', ...words],
    ]);
    this.onClose(async () => void (await program.end('SIGKILL')));
    return program;
  }

  /** Starts a pod of one container that asks for so many shares. Rejects where the kubelet refuses it. */
  async start(resource: string, shares: number): Promise<ContainerGrant> {
    this.pods += 1;
    const admission = await this.kubelet.admit({
      namespace: 't',
      name: `p${this.pods}`,
      containers: [{ name: 'c', limits: { [resource]: shares } }],
    });
    const grant = admission.admitted ? admission.containers[0] : undefined;
    if (grant === undefined) throw new Error(admission.admitted ? 'the pod has no container' : admission.message);
    return grant;
  }

  /** Replaces a file in one step, as whoever follows it must never see half of it. */
  private put(file: string, text: string): void {
    writeFileSync(join(this.directory, `${file}.new`), text);
    renameSync(join(this.directory, `${file}.new`), join(this.directory, file));
  }
}

/** The uverbs nodes that a container got, without the directory. */
export function uverbsOf(grant: ContainerGrant): readonly string[] {
  return grant.deviceNodes
    .map(({ hostPath }) => hostPath.replace('/dev/infiniband/', ''))
    .filter((name) => name.startsWith('uverbs'));
}
