// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NodeFixture, livenessMs } from '../support/node-fixture.ts';
import { ProgramFixture } from '../support/program-fixture.ts';
import { FakeApiServer, tlsFixture } from '../support/fake-api-server.ts';
import { until } from '../support/until.ts';

let node = new NodeFixture();
let server = new FakeApiServer();
beforeEach(async () => {
  await node.close();
  node = new NodeFixture();
  server = new FakeApiServer();
  await server.start();
  await node.kubelet.start();
  writeFileSync(join(node.directory, 'hcas.yaml'), 'hcas: [{name: mlx5_0}]');
  writeFileSync(join(node.directory, 'kubeconfig'), kubeconfig());
});
afterEach(async () => {
  await node.close();
  await server.stop();
});

function kubeconfig(): string {
  const cluster = {
    server: server.url,
    'certificate-authority-data': Buffer.from(tlsFixture('ca.crt')).toString('base64'),
  };
  return JSON.stringify({
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'here', user: 'here', namespace: 'ns' } }],
    clusters: [{ name: 'here', cluster }],
    users: [{ name: 'here', user: { token: server.token } }],
  });
}

const resource = (rdmaHcaMax: number): object => ({
  resourceName: 'hca',
  rdmaHcaMax,
  selectors: { vendors: ['15b3'] },
});

function configure(document: object): void {
  server.set('settings', { data: { 'config.json': JSON.stringify(document) } });
}

function start(): ProgramFixture {
  const program = new ProgramFixture(
    [
      ...[
        '--config-source',
        'kubernetes',
        '--config-map',
        'settings',
        '--kubeconfig',
        join(node.directory, 'kubeconfig'),
      ],
      ...['--discovery', 'fake', '--fake-hcas', join(node.directory, 'hcas.yaml'), '--registration', 'device-plugins'],
      ...[
        '--device-plugins-dir',
        node.directories.devicePlugins,
        '--plugins-registry-dir',
        node.directories.pluginsRegistry,
      ],
    ],
    { NODE_NAME: 'gpu-17' },
  );
  node.onClose(async () => void (await program.end('SIGKILL')));
  return program;
}

function nodeRequests(): readonly string[] {
  return server.requests.filter((request) => request.includes('/nodes/'));
}

describe('the program with settings from the Kubernetes API: node labels', () => {
  it(
    'reads its own Node when the settings select nodes by label, and applies the matching entry',
    async () => {
      server.setNode('gpu-17', { gpu: 'h100' });
      configure({ configList: [resource(4)] });
      const program = start();
      await node.reach('rdma/hca', 4);
      expect(nodeRequests()).toEqual([]);
      configure({
        configList: [resource(4)],
        nodes: [{ match: { labels: { gpu: 'h*' } }, configList: [resource(9)] }],
      });
      await node.reach('rdma/hca', 9);
      expect(nodeRequests()).toEqual(['GET /api/v1/nodes/gpu-17']);
      expect(program.log).toContain('nodeEntries=["nodes[0]"]');
    },
    livenessMs,
  );

  it(
    'keeps the effective settings if it is not allowed to read its Node, and logs the missing rule',
    async () => {
      configure({ configList: [resource(4)] });
      const program = start();
      await node.reach('rdma/hca', 4);
      server.mode = 'node-forbidden';
      configure({
        configList: [resource(5)],
        nodes: [{ match: { labels: { gpu: 'h*' } }, configList: [resource(9)] }],
      });
      await until(() => program.log.includes('KUBERNETES_NODE_FORBIDDEN'));
      expect(program.log).toContain("{apiGroups: [''], resources: [nodes], verbs: [get]}");
      expect((await node.kubelet.devices('rdma/hca'))?.healthy).toHaveLength(4);
      configure({ configList: [resource(6)] });
      await node.reach('rdma/hca', 6);
    },
    livenessMs,
  );
});
