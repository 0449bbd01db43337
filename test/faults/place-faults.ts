// SPDX-License-Identifier: Apache-2.0
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { type Server, createServer } from 'node:net';
import { basename, join } from 'node:path';
import { lockWords, mountWords, run } from './capabilities.ts';
import type { Fault, Subject } from './fault.ts';
import { anyLife, dropAll } from './kubelet-faults.ts';
import type { TestedNode } from './tested-node.ts';

type Place = 'devicePlugins' | 'registry';

function socketAt(node: TestedNode, at: number): string | null {
  const sockets = node.sockets();
  return sockets[at % Math.max(1, sockets.length)] ?? null;
}

const socketDeleted: Fault = {
  name: 'our socket deleted',
  weight: 5,
  subjects: ['device-plugins', 'registry'],
  play(node, dice) {
    const at = dice.between(0, 7);
    const socket = socketAt(node, at);
    if (socket !== null) rmSync(socket, { force: true });
    return { told: `number ${at}` };
  },
};

/** What was put there is taken away again at the end, for the program may have left that name a moment before. */
const socketReplaced: Fault = {
  name: 'our socket replaced',
  weight: 4,
  subjects: ['device-plugins', 'registry'],
  async play(node, dice) {
    const [at, byListener] = [dice.between(0, 7), dice.chance(0.5)];
    const other = join(node.directories.attic, 'other');
    const server = byListener ? await listenAt(other) : null;
    if (!byListener) writeFileSync(other, '');
    const { ino } = lstatSync(other);
    const socket = socketAt(node, at);
    if (socket !== null) renameSync(other, socket);
    return {
      told: `number ${at}, by ${byListener ? 'somebody else’s' : 'a plain file'}`,
      heal: async () => {
        if (server !== null) await closed(server);
        for (const path of [other, ...(socket === null ? [] : [socket])]) {
          if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
        }
      },
    };
  },
};

function listenAt(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(path, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function subjectsOf(place: Place): readonly Subject[] {
  return place === 'registry' ? ['registry', 'kubelet'] : ['device-plugins', 'kubelet'];
}

/** In the device-plugins directory kubelet.sock goes too, and only a kubelet that starts makes it again. */
function directoryGone(place: Place): Fault {
  return {
    name: `${place} directory removed`,
    weight: 3,
    subjects: subjectsOf(place),
    play(node, dice) {
      const [life, ms, moved] = [anyLife(dice), dice.between(0, 900), dice.chance(0.5)];
      const directory = node.directories[place];
      const away = join(node.directories.attic, basename(directory));
      if (moved) renameSync(directory, away);
      else rmSync(directory, { recursive: true, force: true });
      return {
        told: moved ? 'moved away' : 'with all in it',
        heal: async () => {
          await node.pause(ms);
          mkdirSync(directory, { recursive: true });
          rmSync(away, { recursive: true, force: true });
          if (place === 'registry') return;
          await node.kubelet.end();
          await node.kubelet.begin(life);
        },
      };
    },
  };
}

/** Nothing can be made or removed in it, by root neither. */
function directoryLocked(place: Place): Fault {
  return {
    name: `${place} directory locked`,
    weight: 3,
    subjects: subjectsOf(place),
    possible: ({ can }) => can.lockDirectory === null,
    play(node, dice) {
      const ms = dice.between(0, 900);
      run(lockWords(node.directories[place], true));
      dropAll(node);
      return {
        told: `for ${ms} ms more`,
        heal: async () => {
          await node.pause(ms);
          run(lockWords(node.directories[place], false));
        },
      };
    },
  };
}

/** As a disk of the host that comes late, or goes: what was in the directory is hidden, and there again after it. */
function directoryMountedOver(place: Place): Fault {
  return {
    name: `${place} directory mounted over and unmounted`,
    weight: 3,
    subjects: subjectsOf(place),
    possible: ({ can }) => can.mounts === null,
    play(node, dice) {
      const ms = dice.between(0, 1_500);
      const directory = node.directories[place];
      run(mountWords(directory));
      return {
        told: `for ${ms} ms more`,
        heal: async () => {
          await node.pause(ms);
          run(['umount', '--lazy', directory]);
        },
      };
    },
  };
}

const withCdi = ({ startShape }: TestedNode): boolean => startShape.useCdi;

const diskFull: Fault = {
  name: 'CDI disk full',
  weight: 5,
  subjects: ['cdi'],
  possible: (node) => withCdi(node) && node.can.mounts === null,
  play(node) {
    const filler = join(node.directories.cdi, 'filler');
    fill(filler);
    return { told: '', heal: () => rmSync(filler, { force: true }) };
  },
};

function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4_096));
  } catch {
    // It is full now.
  } finally {
    closeSync(file);
  }
}

const specsLost: Fault = {
  name: 'CDI specs lost or spoilt',
  weight: 4,
  subjects: ['cdi'],
  possible: withCdi,
  play(node, dice) {
    const spoil = dice.chance(0.5);
    const { cdi } = node.directories;
    for (const name of existsSync(cdi) ? readdirSync(cdi) : []) {
      if (spoil) writeFileSync(join(cdi, name), '{}');
      else rmSync(join(cdi, name), { force: true });
    }
    return { told: spoil ? 'spoilt' : 'lost' };
  },
};

const cdiLocked: Fault = {
  name: 'CDI directory locked',
  weight: 3,
  subjects: ['cdi'],
  possible: (node) => withCdi(node) && node.can.lockDirectory === null,
  play(node) {
    run(lockWords(node.directories.cdi, true));
    return { told: '', heal: () => void run(lockWords(node.directories.cdi, false)) };
  },
};

export const placeFaults: readonly Fault[] = [
  ...[socketDeleted, socketReplaced],
  ...[directoryGone('devicePlugins'), directoryGone('registry')],
  ...[directoryMountedOver('devicePlugins'), directoryMountedOver('registry')],
  ...[directoryLocked('devicePlugins'), directoryLocked('registry')],
  ...[diskFull, specsLost, cdiLocked],
];
