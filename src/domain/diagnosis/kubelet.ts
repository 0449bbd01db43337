// SPDX-License-Identifier: Apache-2.0
import { firstOf } from '../text/first-of.ts';
import { type Finding, bad, good, warning } from './finding.ts';

/** Whether something listens on a socket. */
export type SocketState = 'listens' | 'refuses' | 'absent';

/** What was found where a kubelet has its directories. */
export interface KubeletSurvey {
  readonly devicePlugins: { readonly path: string; readonly isPresent: boolean };
  readonly kubeletSocket: { readonly path: string; readonly state: SocketState };
  readonly pluginsRegistry: { readonly path: string; readonly isPresent: boolean };
  readonly podResources: { readonly path: string; readonly state: SocketState };
  /** The sockets of this program, of all its instances. */
  readonly ownSockets: { readonly alive: readonly string[]; readonly dead: readonly string[] };
}

/** Judges the directories and sockets of the kubelet. */
export function kubeletFindings(survey: KubeletSurvey): readonly Finding[] {
  return [
    ...directoryFindings(survey),
    kubeletSocketFinding(survey.kubeletSocket),
    ownSocketsFinding(survey.ownSockets.alive),
    ...staleFindings(survey.ownSockets.dead),
    podResourcesFinding(survey.podResources),
  ];
}

const mountRemedy = 'Mount it from the host; if the kubelet has another root directory, set --kubelet-root-dir.';

function directoryFindings({ devicePlugins, pluginsRegistry }: KubeletSurvey): readonly Finding[] {
  const missing = [devicePlugins, pluginsRegistry].filter(({ isPresent }) => !isPresent);
  if (missing.length === 2) return missing.map(({ path }) => bad('kubelet', `${path} does not exist.`, mountRemedy));
  return missing.map(({ path }) => warning('kubelet', `${path} does not exist.`, mountRemedy));
}

function kubeletSocketFinding({ path, state }: KubeletSurvey['kubeletSocket']): Finding {
  if (state === 'listens') return good('kubelet', `The kubelet listens on ${path}.`);
  const found = state === 'absent' ? 'does not exist' : 'refuses connections';
  return bad(
    'kubelet',
    `${path} ${found}.`,
    'Start the kubelet. If it runs, mount the device-plugins directory of its --root-dir here.',
  );
}

function ownSocketsFinding(alive: readonly string[]): Finding {
  if (alive.length > 0)
    return good('kubelet', `This program serves ${alive.length} ${alive.length === 1 ? 'resource' : 'resources'}.`);
  return warning(
    'kubelet',
    'No socket of the device plugin is in use.',
    'Check that the device plugin runs, and read its log.',
  );
}

function staleFindings(dead: readonly string[]): readonly Finding[] {
  if (dead.length === 0) return [];
  const message = `Nothing listens on ${firstOf(dead, 4, ' and ')}, which this program left behind.`;
  return [warning('kubelet', message, 'Start the program, which removes them, or delete them.')];
}

function podResourcesFinding({ path, state }: KubeletSurvey['podResources']): Finding {
  if (state === 'listens') return good('kubelet', `The PodResources service answers on ${path}.`);
  const found = state === 'absent' ? 'does not exist' : 'refuses connections';
  return warning(
    'kubelet',
    `${path} ${found}, so the program cannot tell which pods hold shares.`,
    "Mount the kubelet's pod-resources directory. This is optional: without it, messages do not name pods.",
  );
}
