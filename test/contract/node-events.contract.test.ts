// SPDX-License-Identifier: Apache-2.0
import { KubernetesNodeEvents } from '#adapters/kubernetes/node/events.ts';
import { FakeApiServer, type ServerMode } from '../support/fake-api-server.ts';
import { RecordedLog } from '../support/recorded-log.ts';
import { RecordedNodeEvents } from '../support/recorded-node-events.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { type NodeEventsStage, nodeEventsContract } from './node-events.suite.ts';

async function recordedStage(): Promise<NodeEventsStage> {
  const events = new RecordedNodeEvents();
  return await Promise.resolve({
    events,
    clock: new SteppedClock(),
    messages: () => events.posted.map(({ message }) => message),
    breakCluster: () => {},
    repairCluster: () => {},
    close: () => Promise.resolve(),
  });
}

async function kubernetesStage(failure: ServerMode): Promise<NodeEventsStage> {
  const server = new FakeApiServer();
  await server.start();
  const clock = new SteppedClock();
  return {
    events: new KubernetesNodeEvents({
      access: server.access(),
      node: 'gpu-17',
      clock,
      wallClock: () => Date.UTC(2026, 0, 2) + clock.now(),
      random: () => 0.5,
      logger: new RecordedLog(),
    }),
    clock,
    messages: () => [...server.storedEvents.values()].map(({ message }) => message),
    breakCluster: () => {
      server.mode = failure;
    },
    repairCluster: () => {
      server.mode = 'healthy';
    },
    close: () => server.stop(),
  };
}

nodeEventsContract('in memory', recordedStage);
for (const failure of ['unavailable', 'hangs', 'events-forbidden'] as const)
  nodeEventsContract(`the Kubernetes API, ${failure} at times`, () => kubernetesStage(failure));
