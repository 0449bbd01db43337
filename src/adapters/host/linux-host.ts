// SPDX-License-Identifier: Apache-2.0
import type { Cancel, Clock } from '#ports/clock.ts';
import type { ReadAttribute } from './attribute-file.ts';
import { DriverProcess } from './driver-process.ts';
import { DriverReads } from './driver-reads.ts';
import { HostRoot } from './root.ts';
import { driverReadLimit } from './thread-pool.ts';

/** A Linux host: its files, the reads that its drivers answer, and its clock. */
export class LinuxHost {
  readonly root: HostRoot;
  readonly drivers: DriverReads;
  private readonly process: DriverProcess;

  /** `directory` holds the host's `/sys` and `/dev`. Tests and captures replace how it is read. */
  constructor(
    directory: string,
    readonly clock: Clock,
    read?: ReadAttribute,
    root = new HostRoot(directory),
  ) {
    this.root = root;
    this.process = new DriverProcess(clock);
    this.drivers = new DriverReads(clock, read ?? this.process.read, driverReadLimit(process.env));
  }

  /**
   * Lets another process ask the drivers from now on, so that this one can end whatever they do. Not before the first
   * scan: the process takes longer to start than this program. Call the returned function to end that.
   */
  separateDrivers(): Cancel {
    void this.process.start();
    return () => this.process.stop();
  }
}
