// SPDX-License-Identifier: Apache-2.0
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MetricsEndpoint } from '#adapters/metrics/metrics-endpoint.ts';
import { ProblemError } from '#domain/problem/problem.ts';

const opened: MetricsEndpoint[] = [];
afterEach(async () => {
  for (const endpoint of opened.splice(0)) await endpoint.stop();
});

async function served(address = '127.0.0.1:0'): Promise<{ readonly endpoint: MetricsEndpoint; readonly port: number }> {
  const endpoint = new MetricsEndpoint(address);
  opened.push(endpoint);
  return { endpoint, port: await endpoint.start() };
}

async function problemOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
    return null;
  } catch (error) {
    return error instanceof ProblemError ? error.problems[0] : error;
  }
}

describe('the metrics endpoint', () => {
  it('answers a scraper with what was counted', async () => {
    const { endpoint, port } = await served();
    endpoint.scanned({ discovery: 'sysfs', outcome: 'good', seconds: 0.01, hcas: 4 });
    endpoint.applied({ offers: [], problems: [], hcas: 4, generation: 1 });
    endpoint.served('rdma/a', 'refused');
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/plain; version=0\.0\.4/),
    ]);
    const text = await answer.text();
    for (const sample of [
      'rdma_shared_dp_hcas 4',
      'rdma_shared_dp_discovery_hcas{discovery="sysfs"} 4',
      'allocations_total{resource="rdma/a",outcome="refused"} 1',
    ]) {
      expect(text).toContain(sample);
    }
  });

  it.each([
    ['GET', '/metrics?name[]=x', 200],
    ['HEAD', '/metrics', 200],
    ['GET', '/', 404],
    ['GET', '/metrics/', 404],
    ['POST', '/metrics', 405],
    ['DELETE', '/', 405],
  ])('%s %s is answered with %i', async (method, path, status) => {
    const { port } = await served();
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    expect(answer.status).toBe(status);
    if (method === 'HEAD') expect(await answer.text()).toBe('');
  });

  it('ends, and is free for another, while a client that says nothing hangs on', async () => {
    const { endpoint, port } = await served();
    const silent = connect(port, '127.0.0.1');
    await new Promise((resolve) => silent.once('connect', resolve));
    const gone = new Promise((resolve) => silent.once('close', resolve));
    silent.on('error', () => {});
    await endpoint.stop();
    await gone;
    expect((await served(`127.0.0.1:${port}`)).port).toBe(port);
  });

  it('stops though it was never started', async () => {
    await new MetricsEndpoint(':0').stop();
  });

  it('says what keeps it from listening', async () => {
    const { port } = await served();
    expect(await problemOf(() => served(`127.0.0.1:${port}`))).toMatchObject({
      code: 'METRICS_ADDRESS_UNUSABLE',
      message: `The metrics cannot be served on 127.0.0.1:${port}: another program listens there.`,
    });
    expect(await problemOf(() => served('192.0.2.1:0'))).toMatchObject({
      code: 'METRICS_ADDRESS_UNUSABLE',
      message: expect.stringContaining('not one of this machine'),
    });
  });

  it('takes no address that is none', async () => {
    expect(await problemOf(() => new MetricsEndpoint('9464'))).toMatchObject({
      code: 'METRICS_ADDRESS_INVALID',
      message: expect.stringContaining('"9464"'),
    });
  });
});
