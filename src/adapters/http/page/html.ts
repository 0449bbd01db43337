// SPDX-License-Identifier: Apache-2.0

/** HTML that may be part of a page as it is. */
export class Html {
  constructor(readonly text: string) {}
}

/** What a template may contain: text, which is escaped; HTML; or a list of HTML. */
type Part = string | number | Html | readonly Html[];

/** Makes HTML from a template, and escapes every text in it. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(texts.map((text, i) => text + textOf(parts[i] ?? '')).join(''));
}

function textOf(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return String(part).replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}
