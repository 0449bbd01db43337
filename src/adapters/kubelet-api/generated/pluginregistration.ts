// SPDX-License-Identifier: Apache-2.0
// Generated from proto/pluginregistration/v1/api.proto, do not edit: npm run generate

import type { Reader, Writer } from 'protobufjs/minimal.js';
import { codec } from './codec.ts';
import type { Codec } from './codec.ts';

export interface PluginInfo {
  readonly type: string;
  readonly name: string;
  readonly endpoint: string;
  readonly supportedVersions: readonly string[];
}

function writePluginInfo(message: PluginInfo, to: Writer): Writer {
  if (message.type !== '') to.uint32(10).string(message.type);
  if (message.name !== '') to.uint32(18).string(message.name);
  if (message.endpoint !== '') to.uint32(26).string(message.endpoint);
  for (const item of message.supportedVersions) to.uint32(34).string(item);
  return to;
}

function readPluginInfo(from: Reader, end: number): PluginInfo {
  let type: string = '';
  let name: string = '';
  let endpoint: string = '';
  const supportedVersions: string[] = [];
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) type = from.string();
    else if (tag === 18) name = from.string();
    else if (tag === 26) endpoint = from.string();
    else if (tag === 34) supportedVersions.push(from.string());
    else from.skipType(tag & 7);
  }
  return { type, name, endpoint, supportedVersions };
}

export const PluginInfo: Codec<PluginInfo> = codec(writePluginInfo, readPluginInfo);

export interface RegistrationStatus {
  readonly pluginRegistered: boolean;
  readonly error: string;
}

function writeRegistrationStatus(message: RegistrationStatus, to: Writer): Writer {
  if (message.pluginRegistered !== false) to.uint32(8).bool(message.pluginRegistered);
  if (message.error !== '') to.uint32(18).string(message.error);
  return to;
}

function readRegistrationStatus(from: Reader, end: number): RegistrationStatus {
  let pluginRegistered: boolean = false;
  let error: string = '';
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 8) pluginRegistered = from.bool();
    else if (tag === 18) error = from.string();
    else from.skipType(tag & 7);
  }
  return { pluginRegistered, error };
}

export const RegistrationStatus: Codec<RegistrationStatus> = codec(writeRegistrationStatus, readRegistrationStatus);

export type RegistrationStatusResponse = Readonly<Record<string, never>>;

function writeRegistrationStatusResponse(_message: RegistrationStatusResponse, to: Writer): Writer {
  return to;
}

function readRegistrationStatusResponse(from: Reader, end: number): RegistrationStatusResponse {
  while (from.pos < end) {
    const tag = from.uint32();
    from.skipType(tag & 7);
  }
  return {};
}

export const RegistrationStatusResponse: Codec<RegistrationStatusResponse> = codec(writeRegistrationStatusResponse, readRegistrationStatusResponse);

export type InfoRequest = Readonly<Record<string, never>>;

function writeInfoRequest(_message: InfoRequest, to: Writer): Writer {
  return to;
}

function readInfoRequest(from: Reader, end: number): InfoRequest {
  while (from.pos < end) {
    const tag = from.uint32();
    from.skipType(tag & 7);
  }
  return {};
}

export const InfoRequest: Codec<InfoRequest> = codec(writeInfoRequest, readInfoRequest);
