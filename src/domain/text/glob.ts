// SPDX-License-Identifier: Apache-2.0

/**
 * Whether a text as a whole matches a pattern of `*` (any characters), `?` (any one) and `[0-9a]`, `[!0-9]` (one of these, none of these). A `[` that is
 * never closed stands for itself. Takes time in proportion to the product of the lengths at most, whatever the pattern.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const steps = stepsOf(pattern);
  let step = 0;
  let at = 0;
  /** Where to go on when what follows the last `*` does not fit: it then takes one character more. */
  let retry: { readonly step: number; at: number } | null = null;
  while (at < text.length) {
    const wanted = steps[step];
    if (wanted === 'any') {
      step += 1;
      retry = { step, at };
    } else if (wanted?.(text.charAt(at)) === true) {
      step += 1;
      at += 1;
    } else if (retry === null) {
      return false;
    } else {
      retry.at += 1;
      ({ step, at } = retry);
    }
  }
  return steps.slice(step).every((rest) => rest === 'any');
}

/** `any` is `*`; the others take exactly one character. */
type Step = 'any' | ((character: string) => boolean);

function stepsOf(pattern: string): readonly Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    const end = character === '[' ? classEnd(pattern, at) : -1;
    if (character === '*') steps.push('any');
    else if (character === '?') steps.push(() => true);
    else if (end === -1) steps.push((one) => one === character);
    else {
      steps.push(classOf(pattern.slice(at + 1, end)));
      at = end;
    }
  }
  return steps;
}

/** Where a class that begins at `start` is closed; a `]` at its very beginning is one of its characters. -1 where it is not. */
function classEnd(pattern: string, start: number): number {
  const first = pattern.charAt(start + 1) === '!' ? start + 2 : start + 1;
  return pattern.indexOf(']', first + 1);
}

function classOf(text: string): (character: string) => boolean {
  const isNegated = text.startsWith('!');
  const characters = isNegated ? text.slice(1) : text;
  return (one) => isNegated !== isAmong(one, characters);
}

function isAmong(one: string, characters: string): boolean {
  for (let at = 0; at < characters.length; at += 1) {
    const isRange = characters.charAt(at + 1) === '-' && at + 2 < characters.length;
    const [from, to] = [characters.charAt(at), characters.charAt(isRange ? at + 2 : at)];
    if (from <= one && one <= to) return true;
    if (isRange) at += 2;
  }
  return false;
}
