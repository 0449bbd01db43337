// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeApiServer, tlsFixture } from '../support/fake-api-server.ts';
import { SettingsStage } from './settings-stage.ts';

/** Settings in a ConfigMap that the program reads and watches by the Kubernetes API. */
export class ApiSettings extends SettingsStage {
  readonly server = new FakeApiServer();
  private readonly kubeconfig: string;

  constructor(directory: string) {
    super();
    this.kubeconfig = join(directory, 'kubeconfig');
  }

  get words(): readonly string[] {
    return ['--config-source=kubernetes', '--config-map=ns/settings', '--kubeconfig', this.kubeconfig];
  }

  async begin(): Promise<void> {
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

  protected takeAway(): void {
    this.server.remove('settings');
  }

  protected takePlaceAway(): void {
    this.server.remove('settings');
  }
}
