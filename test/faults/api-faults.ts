// SPDX-License-Identifier: Apache-2.0
import type { ServerMode } from '../support/fake-api-server.ts';
import { ApiSettings } from './api-settings.ts';
import type { Fault } from './fault.ts';
import type { TestedNode } from './tested-node.ts';

const hasApi = ({ settings }: TestedNode): boolean => settings instanceof ApiSettings;

function apiOf({ settings }: TestedNode): ApiSettings {
  if (!(settings instanceof ApiSettings)) throw new Error('these settings come from a file');
  return settings;
}

const watchesEnded: Fault = {
  name: 'watch of the settings ended',
  weight: 4,
  subjects: ['settings'],
  possible: hasApi,
  play(node, dice) {
    const { server } = apiOf(node);
    const forgets = dice.chance(0.4);
    if (forgets) server.forgetVersions();
    server.endWatches();
    return { told: forgets ? 'and its version forgotten' : '' };
  },
};

/** Whoever comes back to an API server waits, so that not all nodes come at once. */
const afterAbsenceMs = 60_000;

const serverGone: Fault = {
  name: 'API server gone for a while',
  weight: 2,
  subjects: ['settings'],
  slow: true,
  possible: hasApi,
  async play(node, dice) {
    const [{ server }, ms] = [apiOf(node), dice.between(0, 3_000)];
    await server.stop();
    return {
      told: `for ${ms} ms more`,
      patienceMs: afterAbsenceMs,
      heal: async () => {
        await node.pause(ms);
        await server.start();
      },
    };
  },
};

const serverIll: Fault = {
  name: 'API server ill',
  weight: 2,
  subjects: ['settings'],
  slow: true,
  possible: hasApi,
  play(node, dice) {
    const [{ server }, mode, ms] = [
      apiOf(node),
      dice.one<ServerMode>(['hangs', 'html', 'forbidden', 'watch-forbidden', 'token-rejected', 'unavailable']),
      dice.between(0, 3_000),
    ];
    server.mode = mode;
    server.endWatches();
    return {
      told: `${mode}, for ${ms} ms more`,
      patienceMs: afterAbsenceMs,
      heal: async () => {
        await node.pause(ms);
        server.mode = 'healthy';
        // Requests that were left without an answer never get one.
        if (mode === 'hangs') server.breakConnections();
      },
    };
  },
};

export const apiFaults: readonly Fault[] = [watchesEnded, serverGone, serverIll];
