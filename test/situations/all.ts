// SPDX-License-Identifier: Apache-2.0
import { answerTo } from './answer.ts';
import { fieldSituations } from './field.ts';
import type { Situation } from './situation.ts';
import { upstreamSituations } from './upstream.ts';

export const situations: readonly Situation[] = [...upstreamSituations, ...fieldSituations];

/** A situation with the answer, for docs/answers.md. */
export async function answered(): Promise<readonly (Situation & { readonly answer: string })[]> {
  return await Promise.all(
    situations.map(async (situation) => ({ ...situation, answer: await answerTo(situation.question) })),
  );
}
