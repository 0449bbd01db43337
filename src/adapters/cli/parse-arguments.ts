// SPDX-License-Identifier: Apache-2.0
import { CommanderError, InvalidArgumentError, Option, Command as Parser } from 'commander';
import { type Command, type LogOptions, commandOf, logOptions } from './command.ts';
import { type CommandName, commandNames, declarationOf, isCommandName } from './commands.ts';
import { type Flag, type FlagName, type FlagValues, flagOf, flags, variableOf } from './flags.ts';
import { normalizeArguments, parseBoolean, parseDuration } from './go-style-arguments.ts';
import { generalHelp, helpOf } from './help.ts';

/** `exit`: print the text, to stdout for status 0 (help) and to stderr for status 2 (wrong usage), and exit. */
export type ParsedArguments =
  | { readonly kind: 'command'; readonly command: Command; readonly log: LogOptions }
  | { readonly kind: 'exit'; readonly status: 0 | 2; readonly text: string };

type Environment = Readonly<Record<string, string | undefined>>;
type Values = FlagValues & { readonly version?: boolean; readonly help?: boolean };

const flagNames = Object.keys(flags).filter(isFlagName);
const booleanFlags = ['version', 'help', ...flagNames.filter((name) => flagOf(name).kind === 'boolean')];

/** Parses the arguments after the program name. Never throws for what a user typed. */
export function parseArguments(words: readonly string[], environment: Environment): ParsedArguments {
  const output: string[] = [];
  try {
    const parser = createParser(environment, output);
    parser.parse([...normalizeArguments(words, booleanFlags)], { from: 'user' });
    return readCommand(parser);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return usageError(output.join('') || error.message);
  }
}

function createParser(environment: Environment, output: string[]): Parser {
  const write = (text: string): void => void output.push(text);
  const parser = new Parser('rdma-shared-dp')
    .argument('[words...]')
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write });
  for (const name of flagNames) addFlag(parser, name, environment);
  parser.addOption(new Option('--version <bool>').argParser(booleanArgument));
  parser.addOption(new Option('--help <bool>').argParser(booleanArgument));
  return parser;
}

/** Keeps its value under the name of the flag, where commander's options use camelCase. */
class FlagOption extends Option {
  override attributeName(): string {
    return this.name();
  }
}

/** The environment becomes the default: commander itself would accept an empty variable as a value. */
function addFlag(parser: Parser, name: FlagName, environment: Environment): void {
  const flag = flagOf(name);
  const option = new FlagOption(`--${name} <${flag.placeholder}>`);
  if (flag.kind === 'boolean') option.argParser(booleanArgument);
  else if (flag.kind === 'list') option.argParser(listArgument());
  else if (flag.kind === 'duration') option.argParser(durationArgument);
  else if (flag.choices !== undefined) option.choices(flag.choices);
  const variable = environment[variableOf(name)] ?? '';
  if (variable !== '') option.default(variableValue(name, flag, variable), variable);
  else if (flag.fallback !== undefined) option.default(valueOf(flag, String(flag.fallback)), String(flag.fallback));
  parser.addOption(option);
  // Set here and not by `default`, so that the help names no default.
  if (option.defaultValue === undefined)
    parser.setOptionValueWithSource(name, flag.kind === 'list' ? [] : null, 'default');
}

/** Returns null if the text is not a value of the flag. */
function valueOf({ kind }: Flag, text: string): FlagValues[FlagName] {
  if (kind === 'boolean') return parseBoolean(text);
  if (kind === 'list') return listOf(text);
  return kind === 'duration' ? parseDuration(text) : text;
}

function variableValue(name: FlagName, flag: Flag, text: string): FlagValues[FlagName] {
  const value = valueOf(flag, text);
  if (value !== null && flag.choices?.includes(text) !== false) return value;
  const allowed = flag.choices ?? (flag.kind === 'duration' ? durations : ['true', 'false']);
  const message = `error: environment variable ${variableOf(name)} has the invalid value '${text}'.`;
  throw new CommanderError(2, 'variable', `${message} Allowed values are ${allowed.join(', ')}.\n`);
}

/** Joins the values of a repeated flag. Unlike commander's own parsers it drops the value of the environment. */
function listArgument(): (text: string) => readonly string[] {
  const texts: string[] = [];
  return (text) => {
    texts.push(text);
    return listOf(texts.join(','));
  };
}

function listOf(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  return [...new Set(parts.filter((part) => part !== ''))];
}

function booleanArgument(text: string): boolean {
  const value = parseBoolean(text);
  if (value === null) throw new InvalidArgumentError('Allowed values are true and false.');
  return value;
}

const durations = ['numbers with units, such as 90s, 5m or 1m30s'];

function durationArgument(text: string): number {
  const value = parseDuration(text);
  if (value === null) throw new InvalidArgumentError(`Allowed are ${durations[0]}.`);
  return value;
}

function readCommand(parser: Parser): ParsedArguments {
  // Like an empty variable, an empty text is not set if the flag has no default.
  for (const name of flagNames)
    if (flagOf(name).fallback === undefined && parser.getOptionValue(name) === '') parser.setOptionValue(name, null);
  const values = parser.opts<Values>();
  const [word = 'run', ...words] = parser.args;
  if (values.version === true) return commandWith('version', [], parser);
  if (!isCommandName(word)) return unknownCommand(word);
  if (values.help === true) return help(parser.args.length === 0 ? null : word);
  if (words.length > declarationOf(word).maxArguments)
    return usageError(`error: too many arguments for ${word}: ${words.join(' ')}.`, word);
  if (word === 'help') return helpOfWord(words[0]);
  return wrongUse(word, words, parser) ?? commandWith(word, words, parser);
}

function help(word: CommandName | null): ParsedArguments {
  return { kind: 'exit', status: 0, text: word === null ? generalHelp() : helpOf(word) };
}

function helpOfWord(word: string | undefined): ParsedArguments {
  return word === undefined || isCommandName(word) ? help(word ?? null) : unknownCommand(word);
}

/** Returns the error of missing arguments or of a flag that the command does not read; null if there is none. */
function wrongUse(name: CommandName, words: readonly string[], parser: Parser): ParsedArguments | null {
  const { flags: read, minArguments = 0, usage, words: known } = declarationOf(name);
  if (words.length < minArguments) return usageError(`error: ${name} needs ${usage}.`, name);
  const unknown = words.find((word) => known?.includes(word) === false);
  if (unknown !== undefined)
    return usageError(`error: ${name} does not know '${unknown}'. Allowed are ${known?.join(', ')}.`, name);
  const unread = flagNames.find((flag) => isFromCommandLine(flag, parser) && !read.includes(flag));
  if (unread === undefined) return null;
  const users = commandNames.filter((other) => declarationOf(other).flags.includes(unread)).join(', ');
  return usageError(`error: ${name} does not read --${unread}. Commands that do: ${users}.`, name);
}

/** A variable is set for all commands, so a format that the command does not have counts only from the command line. */
function commandWith(name: Exclude<CommandName, 'help'>, words: readonly string[], parser: Parser): ParsedArguments {
  const values = parser.opts<Values>();
  const { outputs } = declarationOf(name);
  const isKnown = values.output === null || outputs.includes(values.output);
  if (!isKnown && isFromCommandLine('output', parser)) {
    const allowed = outputs.join(', ');
    return usageError(`error: ${name} does not have --output ${values.output}. Allowed are ${allowed}.`, name);
  }
  const command = commandOf(name, isKnown ? values : { ...values, output: null }, words);
  return { kind: 'command', command, log: logOptions(values) };
}

function isFromCommandLine(flag: FlagName, parser: Parser): boolean {
  return parser.getOptionValueSource(flag) === 'cli';
}

function unknownCommand(word: string): ParsedArguments {
  const nearest = commandNames.find((name) => isMisspelt(word, name));
  const guess = nearest === undefined ? '' : ` Did you mean ${nearest}?`;
  return usageError(`error: unknown command '${word}'.${guess} Allowed commands are ${commandNames.join(', ')}.`);
}

/** Whether two words differ by one letter that is missing, added, changed or exchanged with its neighbor. */
function isMisspelt(word: string, name: string): boolean {
  const [longer, shorter] = word.length < name.length ? [name, word] : [word, name];
  let at = 0;
  while (at < shorter.length && longer[at] === shorter[at]) at += 1;
  const [restLonger, restShorter] = [longer.slice(at), shorter.slice(at)];
  const exchanged = `${restLonger[1] ?? ''}${restLonger[0] ?? ''}${restLonger.slice(2)}`;
  return (
    restLonger.slice(1) === restShorter || restLonger.slice(1) === restShorter.slice(1) || exchanged === restShorter
  );
}

function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(flags, name);
}

function usageError(text: string, command?: CommandName): ParsedArguments {
  const words = command === undefined || command === 'run' ? '' : `${command} `;
  return { kind: 'exit', status: 2, text: `${text.trimEnd()}\nTry 'rdma-shared-dp ${words}--help'.\n` };
}
