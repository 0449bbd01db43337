// SPDX-License-Identifier: Apache-2.0
import { type CommandName, commandNames, declarationOf } from './commands.ts';
import { type FlagName, flagOf, flags, variableOf } from './flags.ts';
import { program } from './help.ts';

/**
 * Returns the manual page in the man macros of groff_man(7). It is made from the same declarations as the help, and has
 * no date, so that equal sources give equal pages.
 */
export function manPage(version: string): string {
  const lines = [
    `.TH ${program.toUpperCase()} 1 "" "${program} ${version}" "User Commands"`,
    // Left-aligned, and no hyphens in the names of flags.
    '.ad l',
    '.nh',
    '.SH NAME',
    `${text(program)} \\- share the RDMA HCAs of a node between Kubernetes pods`,
    '.SH SYNOPSIS',
    `.B ${text(program)}`,
    '.RI [ COMMAND ]',
    '.RI [ FLAGS ]',
    '.SH DESCRIPTION',
    'A Kubernetes device plugin. It finds the RDMA HCAs of a node, groups them into resources,',
    'and offers each resource to the kubelet as shares. Without a command, it runs as the daemon.',
    '.SH COMMANDS',
    ...commandNames.flatMap(commandLines),
    '.SH FLAGS',
    'Each command reads the flags that are listed with it. Flags take one dash or two.',
    ...flagNames.flatMap(flagLines),
    '.SH ENVIRONMENT',
    'The variable of a flag, in brackets above, counts if the flag is not given.',
    '.SH EXIT STATUS',
    ...termed('0', 'success'),
    ...termed('1', 'a problem: it is printed with its remedy'),
    ...termed('2', 'a wrong command line'),
  ];
  return `${lines.join('\n')}\n`;
}

const flagNames = Object.keys(flags).filter((name): name is FlagName => Object.hasOwn(flags, name));

function commandLines(name: CommandName): readonly string[] {
  const { summary, usage, flags: read, examples } = declarationOf(name);
  return [
    '.TP',
    `.B ${text([name, usage].filter((word) => word !== '').join(' '))}`,
    `${text(summary)}.`,
    ...(read.length === 0 ? [] : ['.br', `Flags: ${read.map((flag) => text(`--${flag}`)).join(', ')}.`]),
    ...examples.flatMap(([words, meaning]) => ['.IP', `\\fB${text(`${program} ${words}`)}\\fR`, '.br', text(meaning)]),
  ];
}

function flagLines(name: FlagName): readonly string[] {
  const { meaning, placeholder, choices, fallback, otherwise } = flagOf(name);
  const standard = otherwise ?? (fallback === undefined || fallback === false ? null : fallback);
  const allowed = choices === undefined ? '' : ` Allowed: ${choices.join(', ')}.`;
  return [
    '.TP',
    `.BI ${text(`--${name}`)} " ${text(placeholder)}"`,
    text(`${meaning}.${allowed}${standard === null ? '' : ` Default: ${standard}.`} [${variableOf(name)}]`),
  ];
}

function termed(term: string, meaning: string): readonly string[] {
  return ['.TP', `.B ${term}`, text(meaning)];
}

/** A backslash is the escape character. A dash would be a hyphen, and a line must not begin with a dot or a quote. */
function text(plain: string): string {
  return plain.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replace(/^[.']/, '\\&$&');
}
