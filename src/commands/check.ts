// SPDX-License-Identifier: Apache-2.0
import type { CheckOptions, Output } from '#adapters/cli/command.ts';
import { pingPeer } from '#adapters/diagnosis/peer.ts';
import { type PodPlaces, ownPlaces, surveyPod } from '#adapters/diagnosis/pod-survey.ts';
import { podFindings } from '#domain/diagnosis/pod/findings.ts';
import { peerFinding } from '#domain/diagnosis/pod/peer.ts';
import { type Diagnosis, printFindings } from './print/findings.ts';

/** Checks for `check` whether RDMA can be used in this container. Never rejects because of what it finds. */
export async function checkPod(
  { pair }: CheckOptions,
  { format }: Output,
  isColored: boolean,
  places: PodPlaces = ownPlaces(),
): Promise<Diagnosis> {
  const findings = podFindings(await surveyPod(places));
  const peer = pair === null ? [] : [peerFinding(pair, await pingPeer(pair, places.environment))];
  return await printFindings([...findings, ...peer], format, isColored);
}
