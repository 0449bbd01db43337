// SPDX-License-Identifier: Apache-2.0
import { type CommandName, commandNames, declarationOf } from './commands.ts';
import { lineWidth, wrapped } from './text/table.ts';
import { type FlagName, flagOf, variableOf } from './flags.ts';

export const program = 'rdma-shared-dp';

/** Returns the help of the program: what it does, and its commands. */
export function generalHelp(): string {
  const rows = commandNames.map((name) => ({ term: name, text: declarationOf(name).summary }));
  return [
    'Shares the RDMA HCAs of a node between Kubernetes pods.',
    '',
    `Usage: ${program} [COMMAND] [FLAGS]`,
    '',
    'Commands:',
    ...described(rows),
    '',
    `"${program} COMMAND --help" shows the flags and examples of a command.`,
    `"${program} --version" is the same as "${program} version".`,
    '',
    ...flagsOf('run'),
  ].join('\n');
}

/** Returns the help of a command. */
export function helpOf(name: CommandName): string {
  const { summary, usage, examples } = declarationOf(name);
  return [
    `${capitalized(summary)}.`,
    '',
    `Usage: ${[program, name, usage, '[FLAGS]'].filter((word) => word !== '').join(' ')}`,
    '',
    'Examples:',
    ...examples.flatMap(([words, meaning]) => [`  # ${meaning}`, `  ${program} ${words}`]),
    '',
    ...flagsOf(name),
  ].join('\n');
}

function flagsOf(name: CommandName): readonly string[] {
  const { flags: read, outputs } = declarationOf(name);
  if (read.length === 0) return [];
  const rows = read.map((flag) => ({
    term: `--${flag} ${flagOf(flag).placeholder}`,
    text: flag === 'output' ? `output format: ${outputs.join(', ')}` : meaningOf(flag),
  }));
  return [
    `Flags of ${name}:`,
    ...described(rows),
    '',
    'Flags take one dash or two. In brackets: the environment variable of the flag,',
    'which counts if the flag is not given.',
    '',
  ];
}

function meaningOf(name: FlagName): string {
  const { meaning, choices, fallback, otherwise } = flagOf(name);
  const allowed = choices === undefined ? '' : ` (${choices.join(', ')})`;
  const standard = otherwise ?? (fallback === undefined || fallback === false ? null : fallback);
  return `${meaning}${allowed}${standard === null ? '' : ` (default: ${standard})`} [${variableOf(name)}]`;
}

interface Row {
  readonly term: string;
  readonly text: string;
}

const longestTerm = 24;

/** Sets the texts beside the terms. */
function described(rows: readonly Row[]): readonly string[] {
  const indent = 4 + Math.min(longestTerm, Math.max(...rows.map(({ term }) => term.length)));
  return rows.flatMap(({ term, text }) => {
    const [first = '', ...others] = wrapped(text, lineWidth - indent);
    const head = `  ${term}`;
    const beside =
      head.length + 2 <= indent ? [`${head.padEnd(indent)}${first}`] : [head, `${' '.repeat(indent)}${first}`];
    return [...beside, ...others.map((line) => `${' '.repeat(indent)}${line}`)];
  });
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
