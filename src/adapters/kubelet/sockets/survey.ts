// SPDX-License-Identifier: Apache-2.0
import { basename, join } from 'node:path';
import type { KubeletSurvey, SocketState } from '#domain/diagnosis/kubelet.ts';
import type { KubeletDirectories } from '../registration/method.ts';
import { isDirectory, isSocket } from './file-state.ts';
import { pluginSockets } from './socket-name.ts';
import { acceptsConnections } from './socket-probe.ts';
import { deadOf } from './stale-sockets.ts';

/** Looks at the directories and sockets of the kubelet. Connects to sockets, and sends nothing. */
export async function surveyKubelet(
  { devicePlugins, pluginsRegistry }: KubeletDirectories,
  podResourcesSocket: string,
): Promise<KubeletSurvey> {
  const kubeletSocket = join(devicePlugins, 'kubelet.sock');
  const own = [devicePlugins, pluginsRegistry].flatMap(pluginSockets).map(({ path }) => path);
  const dead = await deadOf(own);
  return {
    devicePlugins: { path: devicePlugins, isPresent: isDirectory(devicePlugins) },
    pluginsRegistry: { path: pluginsRegistry, isPresent: isDirectory(pluginsRegistry) },
    kubeletSocket: { path: kubeletSocket, state: await stateOf(kubeletSocket) },
    podResources: { path: podResourcesSocket, state: await stateOf(podResourcesSocket) },
    ownSockets: { alive: own.filter((path) => !dead.includes(path)).map((path) => basename(path)), dead },
  };
}

async function stateOf(path: string): Promise<SocketState> {
  if (!isSocket(path)) return 'absent';
  return (await acceptsConnections(path)) ? 'listens' : 'refuses';
}
