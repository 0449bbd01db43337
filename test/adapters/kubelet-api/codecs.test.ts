// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { loadSync } from '@grpc/proto-loader';
import * as fc from 'fast-check';
import protobuf from 'protobufjs';
import * as deviceplugin from '#adapters/kubelet-api/generated/deviceplugin/v1beta1/api.ts';
import * as pluginregistration from '#adapters/kubelet-api/generated/pluginregistration/v1/api.ts';
import * as podresources from '#adapters/kubelet-api/generated/podresources/v1/api.ts';
import {
  devicePluginService,
  podResourcesService,
  registrationService,
  watcherRegistrationService,
} from '#adapters/kubelet-api/services.ts';
import { goldenListing, goldenMessages } from './golden-messages.ts';

const protos = [
  { name: 'v1beta1', file: 'proto/deviceplugin/v1beta1/api.proto', codecs: deviceplugin },
  { name: 'pluginregistration', file: 'proto/pluginregistration/v1/api.proto', codecs: pluginregistration },
  { name: 'podresources', file: 'proto/podresources/v1/api.proto', codecs: podresources },
];

/** Returns every message of a .proto file, as protobufjs reads it. */
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

/** Generates values in the shape of the generated types: all fields are present, and an absent message is null. */
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

type Codec = deviceplugin.MessageFns<unknown>;

function codecNamed(codecs: object, name: string): Codec {
  const codec: unknown = Reflect.get(codecs, name);
  if (!isCodec(codec)) throw new Error(`no codec for ${name}`);
  return codec;
}

function isCodec(value: unknown): value is Codec {
  return typeof value === 'object' && value !== null && 'encode' in value && 'decode' in value;
}

const referenceForm: protobuf.IConversionOptions = { defaults: true, arrays: true, objects: true, longs: Number };

describe.each(protos)('the generated codecs of $name', ({ file, codecs }) => {
  const messages = messagesOf(file).map((message) => [message.name, message] as const);

  it.each(messages)('agree with protobufjs on %s when encoding and when decoding', (name, message) => {
    const codec = codecNamed(codecs, name);
    fc.assert(
      fc.property(valuesOf(message), (value) => {
        const decoded = message.toObject(message.decode(codec.encode(value).finish()), referenceForm);
        expect(decoded).toEqual(value);
        expect(codec.decode(message.encode(message.fromObject(withoutNulls(value))).finish())).toEqual(value);
      }),
    );
  });

  it.each(messages)('skip unknown fields of %s', (name) => {
    const codec = codecNamed(codecs, name);
    const unknown = protobuf.Writer.create()
      .uint32(8 * 99 + 2)
      .string('later')
      .uint32(8 * 98)
      .int32(7)
      .finish();
    expect(codec.decode(unknown)).toEqual(codec.decode(new Uint8Array()));
  });
});

describe("the generated codecs and the kubelet's own Go code", () => {
  it.each(goldenMessages)('agree on the bytes of $name', ({ name, codecs, message, hex }) => {
    const codec = codecNamed(codecs, name);
    expect(Buffer.from(codec.encode(message).finish()).toString('hex')).toBe(hex);
    expect(codec.decode(Buffer.from(hex, 'hex'))).toEqual(message);
  });
});

describe('the codecs of podresources, which know an extract of the messages,', () => {
  it('skip the other fields that the Go code encodes', () => {
    const { withOtherFields, extract } = goldenListing;
    expect(podresources.ListPodResourcesResponse.decode(Buffer.from(withOtherFields, 'hex'))).toEqual(extract);
  });
});

describe('a generated codec', () => {
  it('throws a RangeError on bytes that end after a tag', () => {
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
    podResourcesService,
  ];
  const methods = services.flatMap((service) => Object.values(service));

  it('contain every method of the .proto files', () => {
    expect(methods.map(({ path }) => path).toSorted()).toEqual([...reference.keys()].toSorted());
  });

  it.each(methods.map((method) => [method.path, method] as const))('state whether %s streams', (path, method) => {
    expect(method).toMatchObject({
      requestStream: reference.get(path)?.requestStream,
      responseStream: reference.get(path)?.responseStream,
    });
  });

  it('pass encoded bytes through, and encode messages', () => {
    const message = { containerResponses: [] };
    const encoded = deviceplugin.AllocateResponse.encode(message).finish();
    expect(devicePluginService.allocate.responseSerialize(encoded)).toEqual(Buffer.from(encoded));
    expect(devicePluginService.allocate.responseSerialize(message)).toEqual(Buffer.from(encoded));
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
