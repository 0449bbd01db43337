// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import protobuf from 'protobufjs';

const OUTPUT = 'src/adapters/kubelet-api/generated';
const PROTOS = [
  { source: 'proto/deviceplugin/v1beta1/api.proto', module: 'deviceplugin' },
  { source: 'proto/pluginregistration/v1/api.proto', module: 'pluginregistration' },
];

/** TypeScript type, default, and the method of protobufjs's Reader and Writer, for each scalar that the protos use. */
const SCALARS = {
  string: { type: 'string', empty: "''", wire: 2 },
  bool: { type: 'boolean', empty: 'false', wire: 0 },
  int32: { type: 'number', empty: '0', wire: 0 },
  int64: { type: 'number', empty: '0', wire: 0 },
};

/**
 * The generated files of src/adapters/kubelet-api/generated, made from the .proto files; writes nothing.
 * `root` is the folder of the project; `path` is relative to it.
 */
export async function generateCodecs(root) {
  const files = [{ path: `${OUTPUT}/codec.ts`, content: `${banner('scripts/generate-codecs.mjs')}${CODEC}` }];
  for (const { source, module } of PROTOS) {
    const text = await readFile(join(root, source), 'utf8');
    files.push({ path: `${OUTPUT}/${module}.ts`, content: codecModule(parse(text), source) });
    files.push({ path: `${OUTPUT}/${module}-source.ts`, content: sourceModule(text, source) });
  }
  return files;
}

function parse(text) {
  const { root } = protobuf.parse(text, new protobuf.Root(), { keepCase: false });
  root.resolveAll();
  return root;
}

function banner(source) {
  return `// SPDX-License-Identifier: Apache-2.0\n// Generated from ${source}, do not edit: npm run generate\n`;
}

function sourceModule(text, source) {
  const literal = text.replaceAll(/[\\`$]/g, String.raw`\$&`);
  return `${banner(source)}\n/** The .proto file as it is, for a reader of the wire that goes by reflection. */\nexport const source = \`${literal}\`;\n`;
}

function codecModule(root, source) {
  const messages = messagesOf(root);
  const used = messages.flatMap((message) => message.fieldsArray);
  return [
    banner(source),
    "import type { Reader, Writer } from 'protobufjs/minimal.js';",
    "import { codec } from './codec.ts';",
    "import type { Codec } from './codec.ts';\n",
    used.some((field) => field.map) ? STRING_MAP : '',
    used.some((field) => field.type === 'int64') ? INT64 : '',
    ...messages.map(messageCode),
  ]
    .filter((part) => part !== '')
    .join('\n')
    .replaceAll('\n\n\n', '\n\n');
}

function messagesOf(namespace) {
  return namespace.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Type) return [nested, ...messagesOf(nested)];
    return nested instanceof protobuf.Namespace && !(nested instanceof protobuf.Service) ? messagesOf(nested) : [];
  });
}

const CODEC = `
import minimal from 'protobufjs/minimal.js';
import type { Reader, Writer } from 'protobufjs/minimal.js';

const { Reader: WireReader, Writer: WireWriter } = minimal;

/** Turns messages of one type into bytes and back. \`decode\` is as lenient as protobufjs: it throws a RangeError where it can't go on. */
export interface Codec<T> {
  encode(message: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

export function codec<T>(write: (message: T, to: Writer) => Writer, read: (from: Reader, end: number) => T): Codec<T> {
  return {
    encode: (message) => write(message, WireWriter.create()).finish(),
    decode: (bytes) => read(WireReader.create(bytes), bytes.length),
  };
}
`;

const STRING_MAP = `
function writeStringMap(map: Readonly<Record<string, string>>, tag: number, to: Writer): void {
  for (const [key, value] of Object.entries(map)) {
    to.uint32(tag).fork().uint32(10).string(key).uint32(18).string(value).ldelim();
  }
}

function readStringMapEntry(from: Reader, into: Map<string, string>): void {
  const end = from.uint32() + from.pos;
  let key = '';
  let value = '';
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) key = from.string();
    else if (tag === 18) value = from.string();
    else from.skipType(tag & 7);
  }
  into.set(key, value);
}
`;

const INT64 = `
function readInt64(from: Reader): number {
  return Number(String(from.int64()));
}
`;

function messageCode(message) {
  return [interfaceCode(message), writeCode(message), readCode(message), codecCode(message)].join('\n');
}

function interfaceCode(message) {
  const fields = message.fieldsArray.map((field) => `  readonly ${field.name}: ${typeOf(field)};\n`);
  const body = fields.length === 0 ? 'Readonly<Record<string, never>>' : `{\n${fields.join('')}}`;
  return fields.length === 0
    ? `export type ${message.name} = ${body};\n`
    : `export interface ${message.name} ${body}\n`;
}

function typeOf(field) {
  if (field.map) return stringMapOnly(field) && 'Readonly<Record<string, string>>';
  const single = field.resolvedType === null ? scalar(field).type : field.resolvedType.name;
  if (field.repeated) return `readonly ${single}[]`;
  return field.resolvedType === null ? single : `${single} | null`;
}

function stringMapOnly(field) {
  if (field.keyType !== 'string' || field.type !== 'string')
    throw new Error(`${field.fullName}: only maps of strings are known`);
  return true;
}

function scalar(field) {
  const known = SCALARS[field.type];
  if (known === undefined || (field.repeated && known.wire !== 2))
    throw new Error(`${field.fullName}: type ${field.type} is not known`);
  return known;
}

function writeCode(message) {
  if (message.fieldsArray.length === 0)
    return `function write${message.name}(_message: ${message.name}, to: Writer): Writer {\n  return to;\n}\n`;
  const lines = message.fieldsArray.map(writeFieldCode);
  return `function write${message.name}(message: ${message.name}, to: Writer): Writer {\n${lines.join('')}  return to;\n}\n`;
}

function shortHash(field) {
  return (field.id << 3) | (field.map || field.resolvedType !== null ? 2 : scalar(field).wire);
}

function writeFieldCode(field) {
  const [value, tag] = [`message.${field.name}`, shortHash(field)];
  if (field.map) return `  writeStringMap(${value}, ${tag}, to);\n`;
  const put = (name) =>
    field.resolvedType === null
      ? `to.uint32(${tag}).${field.type}(${name})`
      : `write${field.resolvedType.name}(${name}, to.uint32(${tag}).fork()).ldelim()`;
  if (field.repeated) return `  for (const item of ${value}) ${put('item')};\n`;
  return `  if (${value} !== ${field.resolvedType === null ? scalar(field).empty : 'null'}) ${put(value)};\n`;
}

function readCode(message) {
  const fields = message.fieldsArray;
  const start = fields.map((field) => `  ${declarationCode(field)}\n`).join('');
  const branches = fields
    .map(
      (field) => `    ${field === fields[0] ? '' : 'else '}if (tag === ${shortHash(field)}) ${readFieldCode(field)};\n`,
    )
    .join('');
  const skip = `    ${fields.length === 0 ? '' : 'else '}from.skipType(tag & 7);\n`;
  const result = fields
    .map((field) => (field.map ? `${field.name}: Object.fromEntries(${field.name})` : field.name))
    .join(', ');
  return `function read${message.name}(from: Reader, end: number): ${message.name} {\n${start}  while (from.pos < end) {\n    const tag = from.uint32();\n${branches}${skip}  }\n  return ${result === '' ? '{}' : `{ ${result} }`};\n}\n`;
}

function declarationCode(field) {
  if (field.map) return `const ${field.name} = new Map<string, string>();`;
  if (field.repeated)
    return `const ${field.name}: ${field.resolvedType === null ? scalar(field).type : field.resolvedType.name}[] = [];`;
  return `let ${field.name}: ${typeOf(field)} = ${field.resolvedType === null ? scalar(field).empty : 'null'};`;
}

function readFieldCode(field) {
  if (field.map) return `readStringMapEntry(from, ${field.name})`;
  const get =
    field.resolvedType === null
      ? scalarReadCode(field)
      : `read${field.resolvedType.name}(from, from.uint32() + from.pos)`;
  return field.repeated ? `${field.name}.push(${get})` : `${field.name} = ${get}`;
}

function scalarReadCode(field) {
  return field.type === 'int64' ? 'readInt64(from)' : `from.${field.type}()`;
}

function codecCode({ name }) {
  return `export const ${name}: Codec<${name}> = codec(write${name}, read${name});\n`;
}

async function main() {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const { path, content } of await generateCodecs(root)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
