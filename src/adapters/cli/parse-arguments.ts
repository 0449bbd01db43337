// SPDX-License-Identifier: Apache-2.0
import { Command as Parser, CommanderError, InvalidArgumentError, Option } from 'commander';
import { normaliseArguments, parseBoolean } from './go-style-arguments.ts';
import {
  type Command,
  type Flag,
  type FlagName,
  type OutputFormat,
  commands,
  flags,
  outputFormats,
  variableOf,
} from './program-options.ts';

/** The command line and the environment, read. `texts` has each flag that has a value. */
export interface Invocation {
  readonly command: Command;
  readonly useCdi: boolean;
  readonly nodeEvents: boolean;
  readonly output: OutputFormat | null;
  readonly texts: ReadonlyMap<FlagName, string>;
}

/** What the arguments ask for. `stop` is help or wrong usage: print the text and end with the status. */
export type Arguments =
  | { readonly ask: 'command'; readonly invocation: Invocation }
  | { readonly ask: 'stop'; readonly status: 0 | 2; readonly text: string };

type Environment = Readonly<Record<string, string | undefined>>;

const booleans = ['use-cdi', 'node-events', 'version', 'help'];

const commandHelp = `
Commands:
  run       serve the resources of the settings to the kubelet (the default)
  discover  show the HCAs of this node: rdma-shared-dp discover -o wide
  demo      show it all without hardware or a cluster
  version   print the version

Each flag may be written with one dash or two, and has an environment variable, which stands in brackets.
A flag goes before the environment, which goes before the default.`;

/** Reads the words after the program's name. Never throws for what a user typed. */
export function parseArguments(words: readonly string[], environment: Environment): Arguments {
  const written: string[] = [];
  try {
    const parser = makeParser(environment, written);
    parser.parse([...normaliseArguments(words, booleans)], { from: 'user' });
    return read(parser);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const text = written.join('') || error.message;
    return error.exitCode === 0 ? { ask: 'stop', status: 0, text } : usage(text);
  }
}

function makeParser(environment: Environment, written: string[]): Parser {
  const write = (text: string): void => void written.push(text);
  const parser = new Parser('rdma-shared-dp')
    .description('Shares the RDMA HCAs of a node between the pods of Kubernetes.')
    .argument('[command]', 'run, discover, demo or version', 'run')
    .allowExcessArguments(false)
    .helpOption(false)
    .addHelpText('after', commandHelp)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write });
  for (const flag of flags) parser.addOption(optionOf(flag, environment));
  parser.addOption(new Option('--version <bool>', 'print the version; also -v').argParser(booleanParser));
  parser.addOption(new Option('--help <bool>', 'print this help; also -h').argParser(booleanParser));
  return parser;
}

/**
 * The environment comes in as a default, checked like a flag: commander's own way counts any value of a truth variable as true.
 */
function optionOf(flag: Flag, environment: Environment): Option {
  const option = new Option(`--${flag.name} <${flag.placeholder}>`, `${flag.meaning} [${variableOf(flag.name)}]`);
  if (flag.kind === 'boolean') option.argParser(booleanParser);
  else if (flag.kind === 'list') option.argParser(listParser());
  else if (flag.kind !== 'text') option.choices(flag.kind);
  const given = environment[variableOf(flag.name)];
  if (given !== undefined && given !== '') option.default(fromVariable(flag, given), given);
  else if (flag.fallback !== null)
    option.default(flag.kind === 'boolean' ? flag.fallback === 'true' : flag.fallback, flag.fallback);
  return option;
}

function fromVariable(flag: Flag, given: string): string | boolean {
  const refuse = (allowed: string): never => {
    const message = `error: environment variable ${variableOf(flag.name)} has the value '${given}'. Allowed are ${allowed}.\n`;
    throw new CommanderError(2, 'variable', message);
  };
  if (flag.kind === 'boolean') return parseBoolean(given) ?? refuse('true and false');
  return flag.kind === 'text' || flag.kind === 'list' || flag.kind.includes(given)
    ? given
    : refuse(flag.kind.join(', '));
}

/** Joins what several flags say; unlike commander's own way, without what stands in the environment. */
function listParser(): (text: string) => string {
  const given: string[] = [];
  return (text) => {
    given.push(text);
    return given.join(',');
  };
}

function booleanParser(text: string): boolean {
  const value = parseBoolean(text);
  if (value === null) throw new InvalidArgumentError('Allowed are true and false.');
  return value;
}

function read(parser: Parser): Arguments {
  const values = new Map(Object.entries(parser.opts<Readonly<Record<string, unknown>>>()));
  if (values.get('help') === true)
    return { ask: 'stop', status: 0, text: parser.helpInformation() + commandHelp.concat('\n') };
  const word = values.get('version') === true ? 'version' : parser.processedArgs.map(String)[0];
  const command = commands.find((name) => name === word);
  if (command === undefined) return usage(`error: unknown command '${word}'. Allowed are ${commands.join(', ')}.\n`);
  return withOutput(command, values, parser.getOptionValueSource('output') === 'cli');
}

function withOutput(command: Command, values: ReadonlyMap<string, unknown>, explicit: boolean): Arguments {
  const output = outputFormats.find((name) => name === values.get('output')) ?? null;
  const fits = output === null || command === 'discover' || (command === 'version' && output === 'json');
  if (explicit && !fits) return usage(`error: --output ${output} does not go with the command ${command}.\n`);
  const texts = new Map<FlagName, string>();
  for (const { name } of flags) {
    const value = values.get(propertyOf(name));
    if (typeof value === 'string') texts.set(name, value);
  }
  const [useCdi, nodeEvents] = [values.get('useCdi') === true, values.get('nodeEvents') === true];
  return { ask: 'command', invocation: { command, useCdi, nodeEvents, output: fits ? output : null, texts } };
}

/** The name under which commander keeps an option's value. */
function propertyOf(name: string): string {
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function usage(text: string): Arguments {
  return { ask: 'stop', status: 2, text: `${text.trimEnd()}\nTry 'rdma-shared-dp --help'.\n` };
}
