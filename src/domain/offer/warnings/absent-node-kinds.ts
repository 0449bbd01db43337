// SPDX-License-Identifier: Apache-2.0
import { absentKindProblem, lacksKind, optionalKinds } from '../../hca/device-node-kinds.ts';
import type { Problem } from '../../problem/problem.ts';
import { firstOf } from '../../text/first-of.ts';
import type { Offer } from '../offer.ts';

/**
 * Warns about optional kinds of device nodes that no HCA of a resource has, although the kernel could create them:
 * containers start without these nodes, and some programs fail in them.
 */
export function absentNodeKindProblems(offers: readonly Offer[]): readonly Problem[] {
  return optionalKinds.flatMap((optional) => {
    const { kind } = optional;
    const lacking = offers.filter(
      ({ hcas, settings }) => settings.deviceNodes.optional.includes(kind) && lacksKind(hcas, optional),
    );
    if (lacking.length === 0) return [];
    const resources = [...new Set(lacking.map(({ resource, settings }) => settings.nameTemplate ?? resource))];
    const remedy = ` If none does, remove ${kind} from deviceNodes.optional.`;
    return [absentKindProblem(optional, ` of ${firstOf(resources, 4, ' and ')}`, remedy)];
  });
}
