// SPDX-License-Identifier: Apache-2.0
import {
  type MessageTypeDefinition,
  type MethodDefinition,
  type PackageDefinition,
  type ServiceDefinition,
  fromJSON,
} from '@grpc/proto-loader';
import protobuf from 'protobufjs';
import { source as devicePluginSource } from '#adapters/kubelet-api/generated/deviceplugin-source.ts';
import { source as pluginRegistrationSource } from '#adapters/kubelet-api/generated/pluginregistration-source.ts';

/**
 * The kubelet's side of the wire, read from the .proto files by reflection. It is on purpose not the codec of the plugin's
 * side: an error in that one must show.
 */
const packages = [devicePluginSource, pluginRegistrationSource].map((text) =>
  fromJSON(protobuf.parse(text, new protobuf.Root()).root.toJSON(), { defaults: true, longs: Number }),
);

export type WireMessage = object;
export type WireMethod = MethodDefinition<WireMessage, WireMessage>;

export function serviceNamed(name: string): ServiceDefinition {
  const definition = definitionNamed(name);
  if (!isService(definition)) throw new TypeError(`${name} is not a service`);
  return definition;
}

export function methodNamed(service: string, name: string): WireMethod {
  const method = serviceNamed(service)[name];
  if (method === undefined) throw new TypeError(`${service} has no method ${name}`);
  return method;
}

export function messageNamed(name: string): MessageTypeDefinition<WireMessage, WireMessage> {
  const definition = definitionNamed(name);
  if (isService(definition) || definition.format !== 'Protocol Buffer 3 DescriptorProto')
    throw new TypeError(`${name} is not a message`);
  return definition;
}

type Definition = PackageDefinition[string];

function definitionNamed(name: string): Definition {
  for (const definitions of packages) {
    const definition = definitions[name];
    if (definition !== undefined) return definition;
  }
  throw new TypeError(`${name} is in none of the .proto files`);
}

function isService(definition: Definition): definition is ServiceDefinition {
  return !('format' in definition);
}
