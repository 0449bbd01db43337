// SPDX-License-Identifier: Apache-2.0
// By property, not from node:fs/promises, which would take time to load at every start.
import { promises as fs } from 'node:fs';
import { type Problem, createProblem, messageOf } from '#domain/problem/problem.ts';
import type { NetdevLinks } from '#ports/netdev-links.ts';
import type { HostRoot } from './root.ts';

const interfaceUp = 0x1;

/** Brings links up through `/sys/class/net/<if>/flags` (netdev_store of the kernel's net-sysfs.c: dev_change_flags). */
export class SysfsNetdevLinks implements NetdevLinks {
  constructor(private readonly root: HostRoot) {}

  async raise(netdev: string): Promise<Problem | null> {
    const device = isNetdevName(netdev) ? this.root.follow(this.root.path('sys', 'class', 'net', netdev)) : null;
    if (device === null) return linkUpFailed(netdev, 'the host has no such interface');
    const text = this.root.readText(`${device}/flags`)?.trim() ?? '';
    if (!/^0x[0-9a-f]{1,8}$/i.test(text)) return linkUpFailed(netdev, 'its flags could not be read');
    const flags = Number.parseInt(text, 16);
    if ((flags & interfaceUp) !== 0) return null;
    return await this.write(netdev, `${device}/flags`, `0x${(flags | interfaceUp).toString(16)}`);
  }

  private async write(netdev: string, path: string, flags: string): Promise<Problem | null> {
    try {
      // With r+, no file is created if the interface has just disappeared and this is not sysfs.
      await fs.writeFile(path, `${flags}\n`, { flag: 'r+' });
      return null;
    } catch (error) {
      return linkUpFailed(netdev, `writing ${flags} to ${path} failed (${messageOf(error)})`);
    }
  }
}

function isNetdevName(name: string): boolean {
  return /^[^/\s]+$/.test(name) && name !== '.' && name !== '..';
}

function linkUpFailed(netdev: string, cause: string): Problem {
  return createProblem('NETDEV_LINK_UP_FAILED', {
    subject: netdev,
    message: `Network interface ${netdev} could not be brought up: ${cause}.`,
    remedy:
      "Mount the host's /sys writable and grant CAP_NET_ADMIN, " +
      'or set setLinksUp to false and bring the interface up on the host.',
  });
}
