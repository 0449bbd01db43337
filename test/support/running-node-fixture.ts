// SPDX-License-Identifier: Apache-2.0
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FakeHcaSpec } from '#adapters/discovery/fake/hca-spec.ts';
import type { ContainerGrant } from '#adapters/fake-kubelet/device-manager/pod.ts';
import { NodeFixture } from './node-fixture.ts';
import { ProgramFixture } from './program-fixture.ts';

/** A node on which the built program runs, with fake HCAs from a file. */
export class RunningNodeFixture extends NodeFixture {
  private pods = 0;

  /** Replaces the HCAs of the node by these. The file is JSON, which is valid YAML. */
  plug(...hcas: readonly FakeHcaSpec[]): void {
    this.put('hcas.yaml', JSON.stringify({ hcas }));
  }

  configure(...configList: readonly object[]): void {
    this.put('config.json', JSON.stringify({ configList }));
  }

  run(...words: readonly string[]): ProgramFixture {
    const program = new ProgramFixture([
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
      ...['--pod-resources-socket', join(this.podResourcesDir, 'kubelet.sock')],
      ...['--registration=device-plugins', ...words],
    ]);
    this.onClose(async () => void (await program.end('SIGKILL')));
    return program;
  }

  /** Starts a pod with one container that requests this many shares. Rejects if the kubelet rejects the pod. */
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

  /** Replaces a file in one step, so that the program never reads half of it. */
  private put(file: string, text: string): void {
    writeFileSync(join(this.directory, `${file}.new`), text);
    renameSync(join(this.directory, `${file}.new`), join(this.directory, file));
  }
}

/** Returns the names of the uverbs nodes that a container got. */
export function uverbsOf(grant: ContainerGrant): readonly string[] {
  return grant.deviceNodes
    .map(({ hostPath }) => hostPath.replace('/dev/infiniband/', ''))
    .filter((name) => name.startsWith('uverbs'));
}
