// SPDX-License-Identifier: Apache-2.0

/**
 * Whether the whole text matches a pattern of `*` (any characters), `?` (any one character), `[0-9a]` (one of these)
 * and `[!0-9]` (any other). A `[` without its `]` stands for itself. The time is at most proportional to the product of
 * both lengths, for any pattern.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  const steps = stepsOf(pattern);
  let step = 0;
  let at = 0;
  /** Where to continue when the text after the last `*` does not match: the `*` then takes one more character. */
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

/** `any` is `*`; a function takes exactly one character. */
type Step = 'any' | ((character: string) => boolean);

function stepsOf(pattern: string): readonly Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern.charAt(at);
    const end = character === '[' ? classEnd(pattern, at) : -1;
    if (character === '*') steps.push('any');
    else if (character === '?') steps.push(() => true);
    else if (end === -1) steps.push((other) => other === character);
    else {
      steps.push(classOf(pattern.slice(at + 1, end)));
      at = end;
    }
  }
  return steps;
}

/**
 * Returns the index of the `]` that ends the class at `start`, or -1. A `]` in the first place is part of the class.
 */
function classEnd(pattern: string, start: number): number {
  const first = pattern.charAt(start + 1) === '!' ? start + 2 : start + 1;
  return pattern.indexOf(']', first + 1);
}

function classOf(text: string): (character: string) => boolean {
  const isNegated = text.startsWith('!');
  const characters = isNegated ? text.slice(1) : text;
  return (character) => isNegated !== isInClass(character, characters);
}

function isInClass(character: string, characters: string): boolean {
  for (let at = 0; at < characters.length; at += 1) {
    const isRange = characters.charAt(at + 1) === '-' && at + 2 < characters.length;
    const [from, to] = [characters.charAt(at), characters.charAt(isRange ? at + 2 : at)];
    if (from <= character && character <= to) return true;
    if (isRange) at += 2;
  }
  return false;
}

/** Whether some text of printable ASCII characters matches both patterns. */
export function globsOverlap(one: string, other: string): boolean {
  const left = stepsOf(one).map(charactersOf);
  const right = stepsOf(other).map(charactersOf);
  /** For the steps of `one` after the current one: whether they overlap with `other` from its step `j` on. */
  let after: readonly boolean[] = [];
  for (let i = left.length; i >= 0; i -= 1) {
    const from: boolean[] = [];
    for (let j = right.length; j >= 0; j -= 1) {
      const [a, b] = [left[i], right[j]];
      if (a === undefined && b === undefined) from[j] = true;
      else if (a === 'any' || b === 'any') from[j] = after[j] === true || from[j + 1] === true;
      else from[j] = a !== undefined && b !== undefined && after[j + 1] === true && shareCharacter(a, b);
    }
    after = from;
  }
  return after[0] === true;
}

/** `any`, or the characters that a step takes. */
type Accepted = 'any' | readonly string[];

const printable: readonly string[] = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));

function charactersOf(step: Step): Accepted {
  return step === 'any' ? step : printable.filter(step);
}

function shareCharacter(a: readonly string[], b: readonly string[]): boolean {
  return a.length < b.length ? a.some((character) => b.includes(character)) : b.some((one) => a.includes(one));
}
