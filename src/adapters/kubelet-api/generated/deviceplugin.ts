// SPDX-License-Identifier: Apache-2.0
// Generated from proto/deviceplugin/v1beta1/api.proto, do not edit: npm run generate

import type { Reader, Writer } from 'protobufjs/minimal.js';
import { codec } from './codec.ts';
import type { Codec } from './codec.ts';

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

function readInt64(from: Reader): number {
  return Number(String(from.int64()));
}

export interface DevicePluginOptions {
  readonly preStartRequired: boolean;
  readonly getPreferredAllocationAvailable: boolean;
}

function writeDevicePluginOptions(message: DevicePluginOptions, to: Writer): Writer {
  if (message.preStartRequired !== false) to.uint32(8).bool(message.preStartRequired);
  if (message.getPreferredAllocationAvailable !== false) to.uint32(16).bool(message.getPreferredAllocationAvailable);
  return to;
}

function readDevicePluginOptions(from: Reader, end: number): DevicePluginOptions {
  let preStartRequired: boolean = false;
  let getPreferredAllocationAvailable: boolean = false;
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 8) preStartRequired = from.bool();
    else if (tag === 16) getPreferredAllocationAvailable = from.bool();
    else from.skipType(tag & 7);
  }
  return { preStartRequired, getPreferredAllocationAvailable };
}

export const DevicePluginOptions: Codec<DevicePluginOptions> = codec(writeDevicePluginOptions, readDevicePluginOptions);

export interface RegisterRequest {
  readonly version: string;
  readonly endpoint: string;
  readonly resourceName: string;
  readonly options: DevicePluginOptions | null;
}

function writeRegisterRequest(message: RegisterRequest, to: Writer): Writer {
  if (message.version !== '') to.uint32(10).string(message.version);
  if (message.endpoint !== '') to.uint32(18).string(message.endpoint);
  if (message.resourceName !== '') to.uint32(26).string(message.resourceName);
  if (message.options !== null) writeDevicePluginOptions(message.options, to.uint32(34).fork()).ldelim();
  return to;
}

function readRegisterRequest(from: Reader, end: number): RegisterRequest {
  let version: string = '';
  let endpoint: string = '';
  let resourceName: string = '';
  let options: DevicePluginOptions | null = null;
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) version = from.string();
    else if (tag === 18) endpoint = from.string();
    else if (tag === 26) resourceName = from.string();
    else if (tag === 34) options = readDevicePluginOptions(from, from.uint32() + from.pos);
    else from.skipType(tag & 7);
  }
  return { version, endpoint, resourceName, options };
}

export const RegisterRequest: Codec<RegisterRequest> = codec(writeRegisterRequest, readRegisterRequest);

export type Empty = Readonly<Record<string, never>>;

function writeEmpty(_message: Empty, to: Writer): Writer {
  return to;
}

function readEmpty(from: Reader, end: number): Empty {
  while (from.pos < end) {
    const tag = from.uint32();
    from.skipType(tag & 7);
  }
  return {};
}

export const Empty: Codec<Empty> = codec(writeEmpty, readEmpty);

export interface ListAndWatchResponse {
  readonly devices: readonly Device[];
}

function writeListAndWatchResponse(message: ListAndWatchResponse, to: Writer): Writer {
  for (const item of message.devices) writeDevice(item, to.uint32(10).fork()).ldelim();
  return to;
}

function readListAndWatchResponse(from: Reader, end: number): ListAndWatchResponse {
  const devices: Device[] = [];
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) devices.push(readDevice(from, from.uint32() + from.pos));
    else from.skipType(tag & 7);
  }
  return { devices };
}

export const ListAndWatchResponse: Codec<ListAndWatchResponse> = codec(writeListAndWatchResponse, readListAndWatchResponse);

export interface TopologyInfo {
  readonly nodes: readonly NUMANode[];
}

function writeTopologyInfo(message: TopologyInfo, to: Writer): Writer {
  for (const item of message.nodes) writeNUMANode(item, to.uint32(10).fork()).ldelim();
  return to;
}

function readTopologyInfo(from: Reader, end: number): TopologyInfo {
  const nodes: NUMANode[] = [];
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) nodes.push(readNUMANode(from, from.uint32() + from.pos));
    else from.skipType(tag & 7);
  }
  return { nodes };
}

export const TopologyInfo: Codec<TopologyInfo> = codec(writeTopologyInfo, readTopologyInfo);

export interface NUMANode {
  readonly ID: number;
}

function writeNUMANode(message: NUMANode, to: Writer): Writer {
  if (message.ID !== 0) to.uint32(8).int64(message.ID);
  return to;
}

function readNUMANode(from: Reader, end: number): NUMANode {
  let ID: number = 0;
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 8) ID = readInt64(from);
    else from.skipType(tag & 7);
  }
  return { ID };
}

export const NUMANode: Codec<NUMANode> = codec(writeNUMANode, readNUMANode);

export interface Device {
  readonly ID: string;
  readonly health: string;
  readonly topology: TopologyInfo | null;
}

function writeDevice(message: Device, to: Writer): Writer {
  if (message.ID !== '') to.uint32(10).string(message.ID);
  if (message.health !== '') to.uint32(18).string(message.health);
  if (message.topology !== null) writeTopologyInfo(message.topology, to.uint32(26).fork()).ldelim();
  return to;
}

function readDevice(from: Reader, end: number): Device {
  let ID: string = '';
  let health: string = '';
  let topology: TopologyInfo | null = null;
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) ID = from.string();
    else if (tag === 18) health = from.string();
    else if (tag === 26) topology = readTopologyInfo(from, from.uint32() + from.pos);
    else from.skipType(tag & 7);
  }
  return { ID, health, topology };
}

export const Device: Codec<Device> = codec(writeDevice, readDevice);

export interface PreStartContainerRequest {
  readonly devicesIds: readonly string[];
}

function writePreStartContainerRequest(message: PreStartContainerRequest, to: Writer): Writer {
  for (const item of message.devicesIds) to.uint32(10).string(item);
  return to;
}

function readPreStartContainerRequest(from: Reader, end: number): PreStartContainerRequest {
  const devicesIds: string[] = [];
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) devicesIds.push(from.string());
    else from.skipType(tag & 7);
  }
  return { devicesIds };
}

export const PreStartContainerRequest: Codec<PreStartContainerRequest> = codec(writePreStartContainerRequest, readPreStartContainerRequest);

export type PreStartContainerResponse = Readonly<Record<string, never>>;

function writePreStartContainerResponse(_message: PreStartContainerResponse, to: Writer): Writer {
  return to;
}

function readPreStartContainerResponse(from: Reader, end: number): PreStartContainerResponse {
  while (from.pos < end) {
    const tag = from.uint32();
    from.skipType(tag & 7);
  }
  return {};
}

export const PreStartContainerResponse: Codec<PreStartContainerResponse> = codec(writePreStartContainerResponse, readPreStartContainerResponse);

export interface PreferredAllocationRequest {
  readonly containerRequests: readonly ContainerPreferredAllocationRequest[];
}

function writePreferredAllocationRequest(message: PreferredAllocationRequest, to: Writer): Writer {
  for (const item of message.containerRequests) writeContainerPreferredAllocationRequest(item, to.uint32(10).fork()).ldelim();
  return to;
}

function readPreferredAllocationRequest(from: Reader, end: number): PreferredAllocationRequest {
  const containerRequests: ContainerPreferredAllocationRequest[] = [];
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) containerRequests.push(readContainerPreferredAllocationRequest(from, from.uint32() + from.pos));
    else from.skipType(tag & 7);
  }
  return { containerRequests };
}

export const PreferredAllocationRequest: Codec<PreferredAllocationRequest> = codec(writePreferredAllocationRequest, readPreferredAllocationRequest);

export interface ContainerPreferredAllocationRequest {
  readonly availableDeviceIDs: readonly string[];
  readonly mustIncludeDeviceIDs: readonly string[];
  readonly allocationSize: number;
}

function writeContainerPreferredAllocationRequest(message: ContainerPreferredAllocationRequest, to: Writer): Writer {
  for (const item of message.availableDeviceIDs) to.uint32(10).string(item);
  for (const item of message.mustIncludeDeviceIDs) to.uint32(18).string(item);
  if (message.allocationSize !== 0) to.uint32(24).int32(message.allocationSize);
  return to;
}

function readContainerPreferredAllocationRequest(from: Reader, end: number): ContainerPreferredAllocationRequest {
  const availableDeviceIDs: string[] = [];
  const mustIncludeDeviceIDs: string[] = [];
  let allocationSize: number = 0;
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) availableDeviceIDs.push(from.string());
    else if (tag === 18) mustIncludeDeviceIDs.push(from.string());
    else if (tag === 24) allocationSize = from.int32();
    else from.skipType(tag & 7);
  }
  return { availableDeviceIDs, mustIncludeDeviceIDs, allocationSize };
}

export const ContainerPreferredAllocationRequest: Codec<ContainerPreferredAllocationRequest> = codec(writeContainerPreferredAllocationRequest, readContainerPreferredAllocationRequest);

export interface PreferredAllocationResponse {
  readonly containerResponses: readonly ContainerPreferredAllocationResponse[];
}

function writePreferredAllocationResponse(message: PreferredAllocationResponse, to: Writer): Writer {
  for (const item of message.containerResponses) writeContainerPreferredAllocationResponse(item, to.uint32(10).fork()).ldelim();
  return to;
}

function readPreferredAllocationResponse(from: Reader, end: number): PreferredAllocationResponse {
  const containerResponses: ContainerPreferredAllocationResponse[] = [];
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) containerResponses.push(readContainerPreferredAllocationResponse(from, from.uint32() + from.pos));
    else from.skipType(tag & 7);
  }
  return { containerResponses };
}

export const PreferredAllocationResponse: Codec<PreferredAllocationResponse> = codec(writePreferredAllocationResponse, readPreferredAllocationResponse);

export interface ContainerPreferredAllocationResponse {
  readonly deviceIDs: readonly string[];
}

function writeContainerPreferredAllocationResponse(message: ContainerPreferredAllocationResponse, to: Writer): Writer {
  for (const item of message.deviceIDs) to.uint32(10).string(item);
  return to;
}

function readContainerPreferredAllocationResponse(from: Reader, end: number): ContainerPreferredAllocationResponse {
  const deviceIDs: string[] = [];
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) deviceIDs.push(from.string());
    else from.skipType(tag & 7);
  }
  return { deviceIDs };
}

export const ContainerPreferredAllocationResponse: Codec<ContainerPreferredAllocationResponse> = codec(writeContainerPreferredAllocationResponse, readContainerPreferredAllocationResponse);

export interface AllocateRequest {
  readonly containerRequests: readonly ContainerAllocateRequest[];
}

function writeAllocateRequest(message: AllocateRequest, to: Writer): Writer {
  for (const item of message.containerRequests) writeContainerAllocateRequest(item, to.uint32(10).fork()).ldelim();
  return to;
}

function readAllocateRequest(from: Reader, end: number): AllocateRequest {
  const containerRequests: ContainerAllocateRequest[] = [];
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) containerRequests.push(readContainerAllocateRequest(from, from.uint32() + from.pos));
    else from.skipType(tag & 7);
  }
  return { containerRequests };
}

export const AllocateRequest: Codec<AllocateRequest> = codec(writeAllocateRequest, readAllocateRequest);

export interface ContainerAllocateRequest {
  readonly devicesIds: readonly string[];
}

function writeContainerAllocateRequest(message: ContainerAllocateRequest, to: Writer): Writer {
  for (const item of message.devicesIds) to.uint32(10).string(item);
  return to;
}

function readContainerAllocateRequest(from: Reader, end: number): ContainerAllocateRequest {
  const devicesIds: string[] = [];
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) devicesIds.push(from.string());
    else from.skipType(tag & 7);
  }
  return { devicesIds };
}

export const ContainerAllocateRequest: Codec<ContainerAllocateRequest> = codec(writeContainerAllocateRequest, readContainerAllocateRequest);

export interface CDIDevice {
  readonly name: string;
}

function writeCDIDevice(message: CDIDevice, to: Writer): Writer {
  if (message.name !== '') to.uint32(10).string(message.name);
  return to;
}

function readCDIDevice(from: Reader, end: number): CDIDevice {
  let name: string = '';
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) name = from.string();
    else from.skipType(tag & 7);
  }
  return { name };
}

export const CDIDevice: Codec<CDIDevice> = codec(writeCDIDevice, readCDIDevice);

export interface AllocateResponse {
  readonly containerResponses: readonly ContainerAllocateResponse[];
}

function writeAllocateResponse(message: AllocateResponse, to: Writer): Writer {
  for (const item of message.containerResponses) writeContainerAllocateResponse(item, to.uint32(10).fork()).ldelim();
  return to;
}

function readAllocateResponse(from: Reader, end: number): AllocateResponse {
  const containerResponses: ContainerAllocateResponse[] = [];
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) containerResponses.push(readContainerAllocateResponse(from, from.uint32() + from.pos));
    else from.skipType(tag & 7);
  }
  return { containerResponses };
}

export const AllocateResponse: Codec<AllocateResponse> = codec(writeAllocateResponse, readAllocateResponse);

export interface ContainerAllocateResponse {
  readonly envs: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly devices: readonly DeviceSpec[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly cdiDevices: readonly CDIDevice[];
}

function writeContainerAllocateResponse(message: ContainerAllocateResponse, to: Writer): Writer {
  writeStringMap(message.envs, 10, to);
  for (const item of message.mounts) writeMount(item, to.uint32(18).fork()).ldelim();
  for (const item of message.devices) writeDeviceSpec(item, to.uint32(26).fork()).ldelim();
  writeStringMap(message.annotations, 34, to);
  for (const item of message.cdiDevices) writeCDIDevice(item, to.uint32(42).fork()).ldelim();
  return to;
}

function readContainerAllocateResponse(from: Reader, end: number): ContainerAllocateResponse {
  const envs = new Map<string, string>();
  const mounts: Mount[] = [];
  const devices: DeviceSpec[] = [];
  const annotations = new Map<string, string>();
  const cdiDevices: CDIDevice[] = [];
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) readStringMapEntry(from, envs);
    else if (tag === 18) mounts.push(readMount(from, from.uint32() + from.pos));
    else if (tag === 26) devices.push(readDeviceSpec(from, from.uint32() + from.pos));
    else if (tag === 34) readStringMapEntry(from, annotations);
    else if (tag === 42) cdiDevices.push(readCDIDevice(from, from.uint32() + from.pos));
    else from.skipType(tag & 7);
  }
  return { envs: Object.fromEntries(envs), mounts, devices, annotations: Object.fromEntries(annotations), cdiDevices };
}

export const ContainerAllocateResponse: Codec<ContainerAllocateResponse> = codec(writeContainerAllocateResponse, readContainerAllocateResponse);

export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
}

function writeMount(message: Mount, to: Writer): Writer {
  if (message.containerPath !== '') to.uint32(10).string(message.containerPath);
  if (message.hostPath !== '') to.uint32(18).string(message.hostPath);
  if (message.readOnly !== false) to.uint32(24).bool(message.readOnly);
  return to;
}

function readMount(from: Reader, end: number): Mount {
  let containerPath: string = '';
  let hostPath: string = '';
  let readOnly: boolean = false;
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) containerPath = from.string();
    else if (tag === 18) hostPath = from.string();
    else if (tag === 24) readOnly = from.bool();
    else from.skipType(tag & 7);
  }
  return { containerPath, hostPath, readOnly };
}

export const Mount: Codec<Mount> = codec(writeMount, readMount);

export interface DeviceSpec {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly permissions: string;
}

function writeDeviceSpec(message: DeviceSpec, to: Writer): Writer {
  if (message.containerPath !== '') to.uint32(10).string(message.containerPath);
  if (message.hostPath !== '') to.uint32(18).string(message.hostPath);
  if (message.permissions !== '') to.uint32(26).string(message.permissions);
  return to;
}

function readDeviceSpec(from: Reader, end: number): DeviceSpec {
  let containerPath: string = '';
  let hostPath: string = '';
  let permissions: string = '';
  while (from.pos < end) {
    const tag = from.uint32();
    if (tag === 10) containerPath = from.string();
    else if (tag === 18) hostPath = from.string();
    else if (tag === 26) permissions = from.string();
    else from.skipType(tag & 7);
  }
  return { containerPath, hostPath, permissions };
}

export const DeviceSpec: Codec<DeviceSpec> = codec(writeDeviceSpec, readDeviceSpec);
