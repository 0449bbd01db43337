// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The files that the kubelet mounts into a pod for its ServiceAccount. */
export type ServiceAccountFilesContent = Readonly<Record<'token' | 'ca.crt' | 'namespace', string>>;

/** The projected volume of a pod's ServiceAccount, renewed like the kubelet's atomic writer does: it swaps one link. */
export class ServiceAccountFiles {
  readonly directory = mkdtempSync(join(tmpdir(), 'rdma-service-account-'));
  private version = 0;

  constructor(private content: ServiceAccountFilesContent) {
    for (const name of Object.keys(content)) symlinkSync(join('..data', name), join(this.directory, name));
    this.write();
  }

  renew(change: Partial<ServiceAccountFilesContent>): void {
    this.content = { ...this.content, ...change };
    this.write();
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  private write(): void {
    this.version += 1;
    const versionDirectory = join(this.directory, `..v${this.version}`);
    mkdirSync(versionDirectory);
    for (const [name, text] of Object.entries(this.content)) writeFileSync(join(versionDirectory, name), text);
    symlinkSync(`..v${this.version}`, join(this.directory, '..data_tmp'));
    renameSync(join(this.directory, '..data_tmp'), join(this.directory, '..data'));
    rmSync(join(this.directory, `..v${this.version - 1}`), { recursive: true, force: true });
  }
}
