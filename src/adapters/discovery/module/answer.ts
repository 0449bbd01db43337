// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import type { Inventory } from '#domain/hca/hca.ts';
import type { Problem } from '#domain/problem/problem.ts';
import type { ScanResult } from '#ports/observer.ts';
import { object, oneOf } from '../hca-schema.ts';
import { InvalidAnswer, problemsSchema, readAnswer, readModuleInventory } from './inventory.ts';
import { moduleFailed, moduleInvalid } from './problems.ts';

const hintSchema = object({ hint: v.literal(true) });
const replySchema = object({ id: v.number(), answer: v.optional(v.unknown()), failure: v.optional(v.unknown()) });
const failureSchema = object({
  step: oneOf(['import', 'createDiscovery', 'scan']),
  message: v.string('a text'),
  stack: v.nullish(v.string('a text'), null),
  problems: v.optional(v.unknown()),
});

/** The result of one scan, as the process of a module posts it. */
export type ScanReply = v.InferOutput<typeof replySchema>;

export function isHint(message: unknown): boolean {
  return v.is(hintSchema, message);
}

export function scanReplyOf(message: unknown): ScanReply | null {
  const { success, output } = v.safeParse(replySchema, message);
  return success ? output : null;
}

/** What a reply means. */
export interface ScanOutcome {
  /** Null if it is a failure or invalid. */
  readonly inventory: Inventory | null;
  readonly problems: readonly Problem[];
  readonly result: ScanResult;
  /** False if the module could not be loaded, and must be loaded again from its file, which may be fixed by then. */
  readonly isLoaded: boolean;
  /** Where a failure happened. */
  readonly stack: string | null;
}

const success = { problems: [], result: 'success', isLoaded: true, stack: null } as const;

/** Reads the result of a scan. If it is a failure or invalid, the first problem names the module. */
export function readScanReply(specifier: string, { answer, failure }: ScanReply): ScanOutcome {
  try {
    if (failure === undefined) return { ...success, inventory: readModuleInventory(answer) };
    const { step, message, stack, problems } = readAnswer(failureSchema, failure, 'failure');
    const failed = moduleFailed(specifier, step, stack ?? message);
    return {
      inventory: null,
      problems: [failed, ...problemsOf(problems)],
      result: 'error',
      isLoaded: step === 'scan',
      stack,
    };
  } catch (error) {
    if (!(error instanceof InvalidAnswer)) throw error;
    return { ...success, inventory: null, problems: [moduleInvalid(specifier, error.message)], result: 'invalid' };
  }
}

/** The problems that an error of a module contains; none if they are invalid. */
function problemsOf(problems: unknown): readonly Problem[] {
  const { success: isValid, output } = v.safeParse(problemsSchema, problems);
  return isValid ? output : [];
}
