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
import type { Fault, Target } from './fault.ts';
import { endAllStreams, randomKubelet } from './kubelet-faults.ts';
import { lockCommand, mountCommand, run } from './machine-support.ts';
import type { TestedNode } from './tested-node.ts';

/** A directory in which the kubelet and the program have sockets. */
type SocketDirectory = 'devicePlugins' | 'registry';
const directoryNames = { devicePlugins: 'device-plugins', registry: 'plugins_registry' } as const;

function socketAt(node: TestedNode, index: number): string | null {
  const sockets = node.sockets();
  return sockets[index % Math.max(1, sockets.length)] ?? null;
}

const socketDeleted: Fault = {
  name: 'plugin socket deleted',
  weight: 5,
  targets: ['device-plugins', 'registry'],
  inject(node, random) {
    const index = random.between(0, 7);
    const socket = socketAt(node, index);
    if (socket !== null) rmSync(socket, { force: true });
    return { details: `number ${index}` };
  },
};

/** `undo` removes the replacement, because the program no longer does if it gave up that name just before. */
const socketReplaced: Fault = {
  name: 'plugin socket replaced',
  weight: 4,
  targets: ['device-plugins', 'registry'],
  async inject(node, random) {
    const [index, byListener] = [random.between(0, 7), random.chance(0.5)];
    const replacement = join(node.directories.attic, 'replacement');
    const server = byListener ? await listenAt(replacement) : null;
    if (!byListener) writeFileSync(replacement, '');
    const { ino } = lstatSync(replacement);
    const socket = socketAt(node, index);
    if (socket !== null) renameSync(replacement, socket);
    return {
      details: `number ${index}, by ${byListener ? 'the socket of another server' : 'a plain file'}`,
      undo: async () => {
        if (server !== null) await closeServer(server);
        for (const path of [replacement, ...(socket === null ? [] : [socket])]) {
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

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function targetsOf(key: SocketDirectory): readonly Target[] {
  return key === 'registry' ? ['registry', 'kubelet'] : ['device-plugins', 'kubelet'];
}

/** The device-plugins directory also holds kubelet.sock, which a kubelet creates only when it starts. */
function directoryRemoved(key: SocketDirectory): Fault {
  return {
    name: `${directoryNames[key]} directory removed`,
    weight: 3,
    targets: targetsOf(key),
    inject(node, random) {
      const [kubelet, ms, moved] = [randomKubelet(random), random.between(0, 900), random.chance(0.5)];
      const directory = node.directories[key];
      const moveTarget = join(node.directories.attic, basename(directory));
      if (moved) renameSync(directory, moveTarget);
      else rmSync(directory, { recursive: true, force: true });
      return {
        details: moved ? 'moved away' : 'deleted',
        undo: async () => {
          await node.pause(ms);
          mkdirSync(directory, { recursive: true });
          rmSync(moveTarget, { recursive: true, force: true });
          if (key === 'registry') return;
          await node.kubelet.stop();
          await node.kubelet.start(kubelet);
        },
      };
    },
  };
}

/** No process can create or remove files in the directory, even as root. */
function directoryLocked(key: SocketDirectory): Fault {
  return {
    name: `${directoryNames[key]} directory locked`,
    weight: 3,
    targets: targetsOf(key),
    possible: ({ support }) => support.lockDirectory === null,
    inject(node, random) {
      const ms = random.between(0, 900);
      run(lockCommand(node.directories[key], true));
      endAllStreams(node);
      return {
        details: `for ${ms} ms after the other faults`,
        undo: async () => {
          await node.pause(ms);
          run(lockCommand(node.directories[key], false));
        },
      };
    },
  };
}

/** A disk of the host that is mounted late, or unmounted. It hides the files of the directory for a while. */
function directoryMountedOver(key: SocketDirectory): Fault {
  return {
    name: `${directoryNames[key]} directory mounted over and unmounted`,
    weight: 3,
    targets: targetsOf(key),
    possible: ({ support }) => support.mounts === null,
    inject(node, random) {
      const ms = random.between(0, 1_500);
      const directory = node.directories[key];
      run(mountCommand(directory));
      return {
        details: `for ${ms} ms after the other faults`,
        undo: async () => {
          await node.pause(ms);
          run(['umount', '--lazy', directory]);
        },
      };
    },
  };
}

const usesCdi = ({ startOptions }: TestedNode): boolean => startOptions.useCdi;

const diskFull: Fault = {
  name: 'CDI disk full',
  weight: 5,
  targets: ['cdi'],
  possible: (node) => usesCdi(node) && node.support.mounts === null,
  inject(node) {
    const filler = join(node.directories.cdi, 'filler');
    fill(filler);
    return { details: '', undo: () => rmSync(filler, { force: true }) };
  },
};

function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4_096));
  } catch {
    // The disk is full now.
  } finally {
    closeSync(file);
  }
}

const specsDamaged: Fault = {
  name: 'CDI specs deleted or damaged',
  weight: 4,
  targets: ['cdi'],
  possible: usesCdi,
  inject(node, random) {
    const keepFiles = random.chance(0.5);
    // The program knows only what it has offered itself.
    node.grantedCdiNames.clear();
    const { cdi } = node.directories;
    for (const name of existsSync(cdi) ? readdirSync(cdi) : []) {
      if (keepFiles) writeFileSync(join(cdi, name), '{}');
      else rmSync(join(cdi, name), { force: true });
    }
    return { details: keepFiles ? 'damaged' : 'deleted' };
  },
};

const cdiLocked: Fault = {
  name: 'CDI directory locked',
  weight: 3,
  targets: ['cdi'],
  possible: (node) => usesCdi(node) && node.support.lockDirectory === null,
  inject(node) {
    run(lockCommand(node.directories.cdi, true));
    return { details: '', undo: () => void run(lockCommand(node.directories.cdi, false)) };
  },
};

export const filesystemFaults: readonly Fault[] = [
  ...[socketDeleted, socketReplaced],
  ...[directoryRemoved('devicePlugins'), directoryRemoved('registry')],
  ...[directoryMountedOver('devicePlugins'), directoryMountedOver('registry')],
  ...[directoryLocked('devicePlugins'), directoryLocked('registry')],
  ...[diskFull, specsDamaged, cdiLocked],
];
