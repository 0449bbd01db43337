// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from '#adapters/kubernetes/api/client.ts';
import type { EventStream } from '#adapters/kubernetes/api/event-stream.ts';
import { FakeApiServer } from '../../../support/fake-api-server.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

const path = '/api/v1/namespaces/ns/configmaps?watch=1&fieldSelector=metadata.name%3Dsettings&timeoutSeconds=300';

let server: FakeApiServer;
let clock: SteppedClock;
beforeEach(async () => {
  server = new FakeApiServer();
  clock = new SteppedClock();
  await server.start();
  server.set('settings', { data: {} });
});
afterEach(() => server.stop());

async function openWatch(onEvent: (event: unknown) => void): Promise<EventStream> {
  const opened = await new ApiClient(server.access(), clock).watch(path, { idleMs: 1_000, onEvent });
  if ('status' in opened) throw new Error(`status ${opened.status}`);
  return opened;
}

describe('EventStream', () => {
  it('ends, and reports what its handler throws', async () => {
    const watch = await openWatch(() => {
      throw new Error('a defect of the handler');
    });
    await expect(watch.ended).rejects.toThrow('a defect of the handler');
    expect(clock.pending).toBe(0);
  });

  it('ends without an error after a line that is not JSON', async () => {
    const events: unknown[] = [];
    const watch = await openWatch((event) => events.push(event));
    server.sendToWatches('{"type": "ADDED"\n');
    await expect(watch.ended).resolves.toBeUndefined();
    expect(events).toMatchObject([{ type: 'ADDED' }]);
  });

  it('ends after it is silent for the idle time', async () => {
    const watch = await openWatch(() => {});
    await clock.step(500);
    await clock.step(1_000);
    await expect(watch.ended).resolves.toBeUndefined();
  });
});
