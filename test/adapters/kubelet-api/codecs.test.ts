// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { loadSync } from '@grpc/proto-loader';
import * as fc from 'fast-check';
import protobuf from 'protobufjs';
import type { Codec } from '#adapters/kubelet-api/generated/codec.ts';
import * as deviceplugin from '#adapters/kubelet-api/generated/deviceplugin.ts';
import * as pluginregistration from '#adapters/kubelet-api/generated/pluginregistration.ts';
import { source as devicePluginSource } from '#adapters/kubelet-api/generated/deviceplugin-source.ts';
import { source as pluginRegistrationSource } from '#adapters/kubelet-api/generated/pluginregistration-source.ts';
import {
  devicePluginService,
  registrationService,
  watcherRegistrationService,
} from '#adapters/kubelet-api/services.ts';

const protos = [
  { name: 'v1beta1', file: 'proto/deviceplugin/v1beta1/api.proto', source: devicePluginSource, codecs: deviceplugin },
  {
    name: 'pluginregistration',
    file: 'proto/pluginregistration/v1/api.proto',
    source: pluginRegistrationSource,
    codecs: pluginregistration,
  },
];

/** Every message of a .proto file, as protobufjs's reflection reads it. */
function messagesOf(file: string): protobuf.Type[] {
  const { root } = protobuf.parse(readFileSync(file, 'utf8'), new protobuf.Root());
  root.resolveAll();
  return root.nestedArray
    .flatMap((space) => (space instanceof protobuf.Namespace ? space.nestedArray : []))
    .filter((item) => item instanceof protobuf.Type);
}

const int64 = fc.oneof(fc.integer({ min: -1, max: 300 }), fc.maxSafeInteger());

function scalarsOf(type: string): fc.Arbitrary<unknown> {
  if (type === 'string') return fc.string({ unit: 'grapheme' });
  if (type === 'bool') return fc.boolean();
  if (type === 'int32') return fc.integer();
  if (type === 'int64') return int64;
  throw new Error(`no arbitrary for ${type}`);
}

/** Values of the message in the generated codec's shape: every field there, an absent message null. */
function valuesOf(message: protobuf.Type): fc.Arbitrary<Record<string, unknown>> {
  const fields = message.fieldsArray.map((field): [string, fc.Arbitrary<unknown>] => {
    if (field.map)
      return [
        field.name,
        fc.dictionary(
          fc.string().filter((key) => key !== '__proto__'),
          fc.string(),
          { noNullPrototype: true },
        ),
      ];
    const single = field.resolvedType instanceof protobuf.Type ? valuesOf(field.resolvedType) : scalarsOf(field.type);
    if (field.repeated) return [field.name, fc.array(single, { maxLength: 5 })];
    return [field.name, field.resolvedType === null ? single : fc.option(single, { nil: null })];
  });
  return fc.record(Object.fromEntries(fields), { noNullPrototype: true });
}

function codecNamed(codecs: object, name: string): Codec<unknown> {
  const found: unknown = Reflect.get(codecs, name);
  if (!isCodec(found)) throw new Error(`no codec for ${name}`);
  return found;
}

function isCodec(value: unknown): value is Codec<unknown> {
  return typeof value === 'object' && value !== null && 'encode' in value && 'decode' in value;
}

const referenceForm: protobuf.IConversionOptions = { defaults: true, arrays: true, objects: true, longs: Number };

describe.each(protos)('the generated codecs of $name', ({ file, codecs, source }) => {
  it.each(messagesOf(file).map((message) => [message.name, message] as const))(
    'agree with the reference on %s, both ways',
    (name, message) => {
      const codec = codecNamed(codecs, name);
      fc.assert(
        fc.property(valuesOf(message), (value) => {
          const read = message.toObject(message.decode(codec.encode(value)), referenceForm);
          expect(read).toEqual(value);
          expect(codec.decode(message.encode(message.fromObject(withoutNulls(value))).finish())).toEqual(value);
        }),
      );
    },
  );

  it.each(messagesOf(file).map((message) => [message.name, message] as const))(
    'pass over fields of %s that they do not know',
    (name) => {
      const codec = codecNamed(codecs, name);
      const unknown = protobuf.Writer.create()
        .uint32(8 * 99 + 2)
        .string('later')
        .uint32(8 * 98)
        .int32(7)
        .finish();
      expect(codec.decode(unknown)).toEqual(codec.decode(new Uint8Array()));
    },
  );

  it('come with the .proto file as it is', () => {
    expect(source).toBe(readFileSync(file, 'utf8'));
  });
});

describe('a generated codec', () => {
  it('throws on bytes that break off after a tag', () => {
    expect(() => deviceplugin.RegisterRequest.decode(Uint8Array.of(0x0a))).toThrow(RangeError);
  });
});

describe('the service definitions', () => {
  const reference = new Map(
    protos
      .flatMap(({ file }) =>
        Object.values(loadSync(file)).flatMap((definition) =>
          'format' in definition ? [] : Object.values(definition),
        ),
      )
      .map((method) => [method.path, method]),
  );
  const services: readonly Readonly<Record<string, { readonly path: string }>>[] = [
    devicePluginService,
    registrationService,
    watcherRegistrationService,
  ];
  const ours = services.flatMap((service) => Object.values(service));

  it('name every method of the .proto files', () => {
    expect(ours.map(({ path }) => path).toSorted()).toEqual([...reference.keys()].toSorted());
  });

  it.each(ours.map((method) => [method.path, method] as const))('say of %s whether it streams', (path, method) => {
    expect(method).toMatchObject({
      requestStream: reference.get(path)?.requestStream,
      responseStream: reference.get(path)?.responseStream,
    });
  });

  it('send bytes that were prepared as they are', () => {
    const prepared = deviceplugin.AllocateResponse.encode({ containerResponses: [] });
    expect(devicePluginService.allocate.responseSerialize(prepared)).toEqual(Buffer.from(prepared));
  });
});

function withoutNulls(value: unknown): { [key: string]: unknown } {
  return Object.fromEntries(
    Object.entries(value ?? {})
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [
        key,
        Array.isArray(item)
          ? item.map((each: unknown) => (typeof each === 'object' ? withoutNulls(each) : each))
          : typeof item === 'object'
            ? withoutNulls(item)
            : item,
      ]),
  );
}
