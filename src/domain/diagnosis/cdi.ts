// SPDX-License-Identifier: Apache-2.0
import { type Finding, bad, good } from './finding.ts';

/** What was found where the container runtime reads CDI specs. */
export interface CdiSurvey {
  readonly path: string;
  readonly state: 'writable' | 'read-only' | 'absent';
  /** How many specs of this program are there. */
  readonly specs: number;
}

/** Judges the directory of CDI specs. Null if containers get their device nodes without CDI. */
export function cdiFindings(survey: CdiSurvey | null): readonly Finding[] {
  if (survey === null) return [];
  const { path, state, specs } = survey;
  const remedy = 'Mount it writable from the host, where the container runtime reads CDI specs, or set --cdi-dir.';
  if (state === 'absent') return [bad('cdi', `${path} does not exist.`, remedy)];
  if (state === 'read-only') return [bad('cdi', `${path} is not writable.`, remedy)];
  return [good('cdi', `${path} is writable, and has ${specs === 1 ? '1 spec' : `${specs} specs`} of this program.`)];
}
