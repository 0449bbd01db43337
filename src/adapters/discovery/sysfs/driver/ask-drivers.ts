// SPDX-License-Identifier: Apache-2.0
import type { LinuxHost } from '#adapters/host/linux-host.ts';
import { type DriverAnswers, type DriverPort, noAnswers, readDriverAnswers } from './answers.ts';

/** An RDMA device in sysfs. `directory` is the path of the device itself, to which `class/infiniband` links. */
export interface RdmaDevice {
  readonly name: string;
  readonly directory: string;
}

/** What the driver of one HCA said, now or last. */
export interface AskedDriver {
  readonly answers: DriverAnswers;
  /** The path of the attribute that is still being read, or null: the answers are those of now. */
  readonly unanswered: string | null;
}

/**
 * Asks the drivers of all HCAs at the same time, and waits 5 s at most. An HCA that does not answer keeps what it
 * answered `before`, except for the state of its ports. Both maps have the directories of the devices as their keys: a
 * device that was replaced or renamed has another one.
 */
export async function askDrivers(
  host: LinuxHost,
  devices: readonly RdmaDevice[],
  before: ReadonlyMap<string, AskedDriver>,
): Promise<ReadonlyMap<string, AskedDriver>> {
  const asked = await Promise.all(
    devices.map(
      async (device) => [device.directory, await askDriver(host, device, before.get(device.directory))] as const,
    ),
  );
  return new Map(asked);
}

async function askDriver(
  { root, drivers }: LinuxHost,
  { name, directory }: RdmaDevice,
  before: AskedDriver | undefined,
): Promise<AskedDriver> {
  const answer = await drivers.ask(name, (read) => readDriverAnswers(root, read, directory));
  if (answer.answered) return { answers: answer.value, unanswered: null };
  return { answers: outdated(before?.answers ?? noAnswers(root, directory)), unanswered: answer.path };
}

function outdated({ ports, ...lasting }: DriverAnswers): DriverAnswers {
  return { ...lasting, ports: ports.map(withoutState) };
}

function withoutState(port: DriverPort): DriverPort {
  return { ...port, state: null, physState: null, rate: null };
}
