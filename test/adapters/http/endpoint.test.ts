// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpEndpoint } from '#adapters/http/endpoint.ts';
import { ProblemError } from '#domain/problem/problem.ts';
import type { NodeStatus, ReadStatus } from '#domain/status/node-status.ts';
import { anHca } from '../../support/hca-fixture.ts';
import { aBuild, aStatus, appliedPlan } from '../../support/status-fixture.ts';

const endpoints: HttpEndpoint[] = [];
afterEach(async () => {
  for (const endpoint of endpoints.splice(0)) await endpoint.stop();
});

function anEndpoint(address: string | null, statusSocket: string | null = null): HttpEndpoint {
  const endpoint = new HttpEndpoint({ address, statusSocket, wallClock: Date.now, build: aBuild });
  endpoints.push(endpoint);
  return endpoint;
}

async function startEndpoint(
  address = '127.0.0.1:0',
  readStatus: ReadStatus = () => Promise.resolve(aStatus()),
): Promise<{ readonly endpoint: HttpEndpoint; readonly port: number }> {
  const endpoint = anEndpoint(address);
  return { endpoint, port: (await endpoint.start(readStatus)).port ?? 0 };
}

async function problemOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return null;
  } catch (error) {
    return error instanceof ProblemError ? error.problems[0] : error;
  }
}

describe('HttpEndpoint', () => {
  it('serves what was counted', async () => {
    const { endpoint, port } = await startEndpoint();
    endpoint.scanFinished({ discovery: 'sysfs', result: 'success', seconds: 0.01, hcas: 4 });
    endpoint.planApplied(appliedPlan({ hcas: [0, 1, 2, 3].map((index) => anHca(index)) }));
    endpoint.allocationAnswered('rdma/a', { result: 'refused', seconds: 0.001 });
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/plain; version=0\.0\.4/),
    ]);
    const text = await answer.text();
    for (const sample of [
      'rdma_shared_dp_hcas 4',
      'rdma_shared_dp_discovery_hcas{discovery="sysfs"} 4',
      'allocations_total{resource="rdma/a",result="refused"} 1',
    ]) {
      expect(text).toContain(sample);
    }
  });

  it('is ready when the daemon is, and else says what is missing', async () => {
    let status: NodeStatus = aStatus({ ready: false, missing: ['No settings are applied yet.', 'a is not offered.'] });
    const { port } = await startEndpoint('127.0.0.1:0', () => Promise.resolve(status));
    const readiness = async (): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
      return `${answer.status} ${await answer.text()}`;
    };
    expect(await readiness()).toBe('503 No settings are applied yet.\na is not offered.\n');
    const stuck = { code: 'HCA_SCAN_STUCK', actor: 'node', subject: 'mlx5_0', remedy: 'Reset it.' } as const;
    status = aStatus({ problems: [{ ...stuck, message: 'HCA mlx5_0 does not answer.' }] });
    expect(await readiness()).toBe('200 ok\nHCA mlx5_0 does not answer.\n');
  });

  it('lives although it is not ready', async () => {
    const { port } = await startEndpoint('127.0.0.1:0', () => Promise.resolve(aStatus({ ready: false })));
    const answer = await fetch(`http://127.0.0.1:${port}/livez`);
    expect([answer.status, await answer.text()]).toEqual([200, 'ok\n']);
  });

  it('names the other paths, and shows nothing from elsewhere', async () => {
    const { port } = await startEndpoint();
    const answer = await fetch(`http://127.0.0.1:${port}/status`);
    expect([answer.status, await answer.text()]).toEqual([404, 'Not found. There is: /livez, /readyz, /metrics, /.\n']);
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; style-src 'unsafe-inline'");
  });

  it.each([
    ['GET', '/metrics?name[]=x', 200],
    ['HEAD', '/metrics', 200],
    ['GET', '/readyz', 200],
    ['GET', '/livez', 200],
    ['GET', '/', 200],
    ['HEAD', '/', 200],
    ['GET', '/index.html', 404],
    ['GET', '/metrics/', 404],
    ['POST', '/metrics', 405],
    ['DELETE', '/', 405],
  ])('answers %s %s with status %i', async (method, path, status) => {
    const { port } = await startEndpoint();
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    expect(answer.status).toBe(status);
    if (method === 'HEAD') expect(await answer.text()).toBe('');
  });

  it('stops and frees its port although a silent client is connected', async () => {
    const { endpoint, port } = await startEndpoint();
    const silent = connect(port, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const closed = new Promise((resolve) => silent.once('close', resolve));
    silent.on('error', () => {});
    await endpoint.stop();
    await closed;
    expect((await startEndpoint(`127.0.0.1:${port}`)).port).toBe(port);
  });

  it('stops even if it was never started', async () => {
    await anEndpoint(':0').stop();
  });

  it('reports why it cannot listen', async () => {
    const { port } = await startEndpoint();
    expect(await problemOf(() => startEndpoint(`127.0.0.1:${port}`))).toMatchObject({
      code: 'METRICS_ADDRESS_UNUSABLE',
      message: `HTTP cannot be served on 127.0.0.1:${port}: the address is already in use.`,
    });
    expect(await problemOf(() => startEndpoint('192.0.2.1:0'))).toMatchObject({
      code: 'METRICS_ADDRESS_UNUSABLE',
      message: expect.stringContaining('does not belong to this machine'),
    });
  });

  it('rejects a text that is not an address', async () => {
    expect(await problemOf(() => anEndpoint('9464'))).toMatchObject({
      code: 'METRICS_ADDRESS_INVALID',
      message: expect.stringContaining('"9464"'),
    });
  });

  it('closes a connection after its response, and at most one request of it', async () => {
    const { port } = await startEndpoint();
    const request = 'GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n';
    expect(await conversation(port, request)).toMatch(/^HTTP\/1\.1 200 .*\r\nconnection: close\r\n/s);
    const answers = (await conversation(port, request.repeat(1_000))).split('HTTP/1.1');
    expect(answers.length).toBeLessThanOrEqual(2);
  });
});

/** Sends a text and resolves to what comes back until the connection is closed. */
function conversation(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let received = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (part) => {
      received += part.toString('latin1');
    });
    socket.on('error', () => {}).on('close', () => resolve(received));
    socket.write(text);
  });
}
