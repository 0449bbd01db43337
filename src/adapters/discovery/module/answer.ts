// SPDX-License-Identifier: Apache-2.0
import * as v from 'valibot';
import type { Inventory } from '#domain/hca/hca.ts';
import type { Problem } from '#domain/problem/problem.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { object, oneOf } from '../hca-schema.ts';
import { InvalidAnswer, problemsSchema, readAnswer, readModuleInventory } from './inventory.ts';
import { moduleFailed, moduleInvalid } from './problems.ts';

const hintSchema = object({ hint: v.literal(true) });
const resultSchema = object({ id: v.number(), answer: v.optional(v.unknown()), failure: v.optional(v.unknown()) });
const failureSchema = object({
  step: oneOf(['import', 'createDiscovery', 'scan']),
  message: v.string('a text'),
  problems: v.optional(v.unknown()),
});

/** The result of one scan, as the thread of a module posts it. */
export type ScanResult = v.InferOutput<typeof resultSchema>;

export function isHint(message: unknown): boolean {
  return v.is(hintSchema, message);
}

export function scanResultOf(message: unknown): ScanResult | null {
  const { success, output } = v.safeParse(resultSchema, message);
  return success ? output : null;
}

/** `notLoaded`: the module could not be loaded, and must be loaded again from its file, which may be fixed by then. */
export interface ScanOutcome {
  readonly inventory: Inventory;
  readonly notLoaded: boolean;
}

/** Reads the result of a scan. If it is a failure or invalid, the inventory has a problem that names the module. */
export function readScanResult(specifier: string, { answer, failure }: ScanResult): ScanOutcome {
  try {
    if (failure === undefined) return { inventory: readModuleInventory(answer), notLoaded: false };
    const { step, message, problems } = readAnswer(failureSchema, failure, 'failure');
    const inventory = emptyInventory(moduleFailed(specifier, step, message), ...problemsOf(problems));
    return { inventory, notLoaded: step !== 'scan' };
  } catch (error) {
    if (!(error instanceof InvalidAnswer)) throw error;
    return { inventory: emptyInventory(moduleInvalid(specifier, error.message)), notLoaded: false };
  }
}

/** The inventory of a module that did not answer: its HCAs are unknown. */
export function emptyInventory(...problems: readonly Problem[]): Inventory {
  return deepFreeze({ hcas: [], netnsMode: null, problems, isPartial: true });
}

/** The problems that an error of a module contains; none if they are invalid. */
function problemsOf(problems: unknown): readonly Problem[] {
  const { success, output } = v.safeParse(problemsSchema, problems);
  return success ? output : [];
}
