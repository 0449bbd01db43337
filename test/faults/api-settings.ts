// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeApiServer, tlsFixture } from '../support/fake-api-server.ts';
import { TestSettings } from './test-settings.ts';

/** Settings in a ConfigMap, which the program reads and watches through the Kubernetes API. */
export class ApiSettings extends TestSettings {
  readonly server = new FakeApiServer();
  private readonly kubeconfig: string;

  constructor(directory: string) {
    super();
    this.kubeconfig = join(directory, 'kubeconfig');
  }

  get words(): readonly string[] {
    return ['--config-source=kubernetes', '--config-map=ns/settings', '--kubeconfig', this.kubeconfig];
  }

  async start(): Promise<void> {
    await this.server.start();
    const cluster = {
      server: this.server.url,
      'certificate-authority-data': Buffer.from(tlsFixture('ca.crt')).toString('base64'),
    };
    const config = {
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { token: this.server.token } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'ns' } }],
      'current-context': 'x',
    };
    writeFileSync(this.kubeconfig, JSON.stringify(config));
  }

  close(): Promise<void> {
    return this.server.stop();
  }

  protected write(text: string): void {
    this.server.set('settings', { data: { 'config.json': text } });
  }

  protected removeFile(): void {
    this.server.remove('settings');
  }

  protected emptyDirectory(): void {
    this.server.remove('settings');
  }
}
