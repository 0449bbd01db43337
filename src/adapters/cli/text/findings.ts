// SPDX-License-Identifier: Apache-2.0
import type { Finding, Grade } from '#domain/diagnosis/finding.ts';
import { escapeControls } from '#domain/text/printable.ts';
import { lineWidth, wrapped } from './table.ts';

/** The colors of a terminal (ECMA-48, select graphic rendition). */
const colors: Readonly<Record<Grade, string>> = { good: '32', warning: '33', bad: '31' };
const indent = ' '.repeat('warning  '.length);

/** Returns one line for each finding, with its remedy below it, and how many of each grade there are. */
export function findingsText(findings: readonly Finding[], isColored: boolean): string {
  const count = (grade: Grade): number => findings.filter((finding) => finding.grade === grade).length;
  const warnings = count('warning') === 1 ? '1 warning' : `${count('warning')} warnings`;
  const summary = `${count('good')} good, ${warnings}, ${count('bad')} bad`;
  const lines = [...findings.flatMap((finding) => linesOf(finding, isColored)), '', summary];
  return `${lines.join('\n')}\n`;
}

function linesOf({ grade, message, remedy }: Finding, isColored: boolean): readonly string[] {
  const width = lineWidth - indent.length;
  const [first = '', ...others] = wrapped(escapeControls(message), width);
  const word = isColored ? `\u001b[${colors[grade]}m${grade}\u001b[0m` : grade;
  return [
    `${word}${' '.repeat(indent.length - grade.length)}${first}`,
    ...others.map((line) => indent + line),
    ...(remedy === null ? [] : wrapped(escapeControls(remedy), width - 2).map((line) => `${indent}  ${line}`)),
  ];
}
