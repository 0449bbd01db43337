// SPDX-License-Identifier: Apache-2.0
import { Client, credentials } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import { array, nullish, number, object, parse, string } from 'valibot';

// The fields that the tests read of k8s.io/kubelet pkg/apis/podresources/v1/api.proto. Others are skipped.
const { root } = protobuf.parse(`syntax = "proto3";
  message NumaNode { int64 ID = 1; }
  message Topology { repeated NumaNode nodes = 1; }
  message Devices { string resource_name = 1; repeated string device_ids = 2; Topology topology = 3; }
  message Allocatable { repeated Devices devices = 1; }
  message Container { string name = 1; repeated Devices devices = 2; }
  message Pod { string name = 1; string namespace = 2; repeated Container containers = 3; }
  message Pods { repeated Pod pod_resources = 1; }`);

const numaNodes = object({ nodes: array(object({ ID: number() })) });
const devices = array(object({ resourceName: string(), deviceIds: array(string()), topology: nullish(numaNodes) }));
const allocatable = object({ devices });
const pods = object({
  podResources: array(object({ name: string(), containers: array(object({ name: string(), devices })) })),
});

/** A client of the kubelet's PodResources API, which reports what the kubelet knows about devices. */
export class PodResources {
  constructor(private readonly socket: string) {}

  /** Returns the healthy ids of the resource, sorted. */
  async allocatable(resource: string): Promise<readonly string[]> {
    const answer = parse(allocatable, await this.call('GetAllocatableResources', 'Allocatable'));
    return idsOf(answer.devices, resource);
  }

  /** Returns the NUMA nodes of each healthy id of the resource. Leaves out ids for which the kubelet knows no node. */
  async numaNodesOf(resource: string): Promise<ReadonlyMap<string, readonly number[]>> {
    const answer = parse(allocatable, await this.call('GetAllocatableResources', 'Allocatable'));
    const nodesById = new Map<string, number[]>();
    for (const { resourceName, deviceIds, topology } of answer.devices) {
      if (resourceName !== resource) continue;
      for (const id of deviceIds)
        nodesById.set(id, [...(nodesById.get(id) ?? []), ...(topology?.nodes ?? []).map(({ ID }) => ID)]);
    }
    return nodesById;
  }

  /** Returns the ids that a container of the pod holds, sorted. */
  async heldBy(pod: string, container: string, resource: string): Promise<readonly string[]> {
    const answer = parse(pods, await this.call('List', 'Pods'));
    const containers = answer.podResources.filter(({ name }) => name === pod).flatMap((one) => one.containers);
    return idsOf(
      containers.filter(({ name }) => name === container).flatMap((one) => one.devices),
      resource,
    );
  }

  private async call(method: string, answer: string): Promise<unknown> {
    const client = new Client(`unix:${this.socket}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.default_authority': 'localhost',
    });
    const type = root.lookupType(answer);
    try {
      return await new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          `/v1.PodResourcesLister/${method}`,
          () => Buffer.alloc(0),
          (bytes: Buffer) => type.toObject(type.decode(bytes), { arrays: true, defaults: true, longs: Number }),
          {},
          { deadline: Date.now() + 5000 },
          (error, value) => (error === null ? resolve(value) : reject(error)),
        );
      });
    } finally {
      client.close();
    }
  }
}

function idsOf(
  list: readonly { readonly resourceName: string; readonly deviceIds: readonly string[] }[],
  resource: string,
): readonly string[] {
  return list
    .filter(({ resourceName }) => resourceName === resource)
    .flatMap(({ deviceIds }) => deviceIds)
    .toSorted();
}
