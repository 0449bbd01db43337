// SPDX-License-Identifier: Apache-2.0
import type { ServerMode } from '../support/fake-api-server.ts';
import { ApiSettings } from './api-settings.ts';
import type { Fault } from './fault.ts';
import type { TestedNode } from './tested-node.ts';

const hasApi = ({ settings }: TestedNode): boolean => settings instanceof ApiSettings;

function apiOf({ settings }: TestedNode): ApiSettings {
  if (!(settings instanceof ApiSettings)) throw new Error('the settings come from a file, not from an API server');
  return settings;
}

const watchesEnded: Fault = {
  name: 'settings watches ended',
  weight: 4,
  targets: ['settings'],
  possible: hasApi,
  inject(node, random) {
    const { server } = apiOf(node);
    const forgets = random.chance(0.4);
    if (forgets) server.forgetVersions();
    server.endWatches();
    return { details: forgets ? 'and old resource versions forgotten' : '' };
  },
};

/** After an outage, a node waits before it reconnects, so that not all nodes do at once. */
const afterOutageMs = 60_000;

const serverDown: Fault = {
  name: 'API server down for a while',
  weight: 2,
  targets: ['settings'],
  slow: true,
  possible: hasApi,
  async inject(node, random) {
    const [{ server }, ms] = [apiOf(node), random.between(0, 3_000)];
    await server.stop();
    return {
      details: `for ${ms} ms after the other faults`,
      recoveryLimitMs: afterOutageMs,
      undo: async () => {
        await node.pause(ms);
        await server.start();
      },
    };
  },
};

const serverFails: Fault = {
  name: 'API server failing',
  weight: 2,
  targets: ['settings'],
  slow: true,
  possible: hasApi,
  inject(node, random) {
    const [{ server }, mode, ms] = [
      apiOf(node),
      random.pick<ServerMode>(['hangs', 'html', 'forbidden', 'watch-forbidden', 'token-rejected', 'unavailable']),
      random.between(0, 3_000),
    ];
    server.mode = mode;
    server.endWatches();
    return {
      details: `${mode}, for ${ms} ms after the other faults`,
      recoveryLimitMs: afterOutageMs,
      undo: async () => {
        await node.pause(ms);
        server.mode = 'healthy';
        // The server never answers a request that it has left without an answer.
        if (mode === 'hangs') server.breakConnections();
      },
    };
  },
};

export const apiFaults: readonly Fault[] = [watchesEnded, serverDown, serverFails];
