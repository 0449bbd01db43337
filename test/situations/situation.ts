// SPDX-License-Identifier: Apache-2.0
import type { FakeHcaSpec, FakeNodeSpec, IdleFunctionSpec } from '#adapters/discovery/fake/hca-spec.ts';
import type { PodSurvey } from '#domain/diagnosis/pod/survey.ts';
import type { KubeletSurvey } from '#domain/diagnosis/kubelet.ts';

/** The hardware of a node, as in a file of fake HCAs. */
export interface Hardware {
  readonly hcas: readonly FakeHcaSpec[];
  readonly idleFunctions?: readonly Partial<IdleFunctionSpec>[];
}

/** What a user asks, and of what. */
export type Question =
  | {
      readonly command: 'explain';
      readonly target?: string;
      readonly settings: readonly object[];
      readonly hardware: Hardware;
    }
  | {
      /** Of a daemon that saw `before` first, with a container that got the first share then. */
      readonly command: 'status';
      readonly settings: readonly object[];
      readonly before: Hardware;
      readonly hardware: Hardware;
    }
  | { readonly command: 'validate'; readonly text: string }
  | { readonly command: 'doctor'; readonly kubelet: KubeletSurvey }
  | { readonly command: 'check'; readonly pod: PodSurvey };

/** A situation from a public report, and what the answer must name. */
export interface Situation {
  /** As a user would ask. */
  readonly title: string;
  /** The answer, for readers who do not want to read what the command prints. */
  readonly inShort: string;
  /** Where it was reported: `owner/repository#number`. */
  readonly reports: readonly string[];
  readonly question: Question;
  /** The cause; or for what is as it should be, what the user gets. */
  readonly cause: RegExp;
  /** Null if nothing needs to be done. */
  readonly remedy: RegExp | null;
}

/** Device nodes with their usual paths. */
export function nodes(...kinds: readonly FakeNodeSpec['kind'][]): FakeNodeSpec[] {
  return kinds.map((kind) => ({ kind }));
}
