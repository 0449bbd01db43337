// SPDX-License-Identifier: Apache-2.0
import { CommanderError, InvalidArgumentError, Option, Command as Parser } from 'commander';
import { type Command, type CommandName, type LogOptions, commandNames, commandOf, logOptions } from './command.ts';
import { type Flag, type FlagName, type FlagValues, flags, variableOf } from './flags.ts';
import { normalizeArguments, parseBoolean } from './go-style-arguments.ts';

/** `exit`: print the text, to stdout for status 0 (help) and to stderr for status 2 (wrong usage), and exit. */
export type ParsedArguments =
  | { readonly kind: 'command'; readonly command: Command; readonly log: LogOptions }
  | { readonly kind: 'exit'; readonly status: 0 | 2; readonly text: string };

type Environment = Readonly<Record<string, string | undefined>>;
type Values = FlagValues & { readonly version?: boolean; readonly help?: boolean };

const flagNames = Object.keys(flags).filter(isFlagName);
const declarations: Readonly<Record<FlagName, Flag>> = flags;
const booleanFlags = ['version', 'help', ...flagNames.filter((name) => declarations[name].kind === 'boolean')];

const commandHelp = `
Commands:
  run       offer the configured resources to the kubelet (default)
  discover  list the HCAs of this node: rdma-shared-dp discover -o wide
  demo      show the program at work, without hardware or a cluster
  version   print the version

Flags take one dash or two. The name in brackets is the environment variable of the flag.
Precedence: flag, environment variable, default.
`;

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
    .description('Shares the RDMA HCAs of a node between Kubernetes pods.')
    .argument('[command]', 'run, discover, demo or version', 'run')
    .allowExcessArguments(false)
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write });
  for (const name of flagNames) addFlag(parser, name, environment);
  parser.addOption(new Option('--version <bool>', 'print the version; also -v').argParser(booleanArgument));
  parser.addOption(new Option('--help <bool>', 'print this help; also -h').argParser(booleanArgument));
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
  const flag = declarations[name];
  const otherwise = flag.otherwise === undefined ? '' : ` (default: ${flag.otherwise})`;
  const option = new FlagOption(`--${name} <${flag.placeholder}>`, `${flag.meaning} [${variableOf(name)}]${otherwise}`);
  if (flag.kind === 'boolean') option.argParser(booleanArgument);
  else if (flag.kind === 'list') option.argParser(listArgument());
  else if (flag.choices !== undefined) option.choices(flag.choices);
  const variable = environment[variableOf(name)] ?? '';
  if (variable !== '') option.default(variableValue(name, flag, variable), variable);
  else if (flag.fallback !== undefined) option.default(flag.fallback, String(flag.fallback));
  parser.addOption(option);
  // Set here and not by `default`, so that the help names no default.
  if (option.defaultValue === undefined)
    parser.setOptionValueWithSource(name, flag.kind === 'list' ? [] : null, 'default');
}

function variableValue(name: FlagName, flag: Flag, text: string): FlagValues[FlagName] {
  const value = flag.kind === 'boolean' ? parseBoolean(text) : flag.kind === 'list' ? listOf(text) : text;
  if (value !== null && flag.choices?.includes(text) !== false) return value;
  const allowed = flag.choices ?? ['true', 'false'];
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

function readCommand(parser: Parser): ParsedArguments {
  // Like an empty variable, an empty text is not set if the flag has no default.
  for (const name of flagNames)
    if (declarations[name].fallback === undefined && parser.getOptionValue(name) === '')
      parser.setOptionValue(name, null);
  const values = parser.opts<Values>();
  if (values.help === true) return { kind: 'exit', status: 0, text: parser.helpInformation() + commandHelp };
  const word = values.version === true ? 'version' : String(parser.processedArgs[0]);
  const name = commandNames.find((command) => command === word);
  if (name === undefined)
    return usageError(`error: unknown command '${word}'. Allowed commands are ${commandNames.join(', ')}.`);
  const command = commandWithOutput(name, values, parser.getOptionValueSource('output') === 'cli');
  if (command === null) return usageError(`error: the command ${name} does not support --output ${values.output}.`);
  return { kind: 'command', command, log: logOptions(values) };
}

/** A variable is set for all commands, so a format that the command does not have counts only from the command line. */
function commandWithOutput(name: CommandName, values: FlagValues, isExplicit: boolean): Command | null {
  return commandOf(name, values) ?? (isExplicit ? null : commandOf(name, { ...values, output: null }));
}

function isFlagName(name: string): name is FlagName {
  return Object.hasOwn(flags, name);
}

function usageError(text: string): ParsedArguments {
  return { kind: 'exit', status: 2, text: `${text.trimEnd()}\nTry 'rdma-shared-dp --help'.\n` };
}
