// SPDX-License-Identifier: Apache-2.0
// Boots the virtual machine once and returns what guest.ts reported from inside.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { guestKernel } from './guest-kernel.mjs';
import { writeInitramfs } from './initramfs.mjs';
import { pathOf } from '../support/program-in-path.mjs';

const directory = fileURLToPath(new URL('.', import.meta.url));
const program = fileURLToPath(new URL('../../dist', import.meta.url));

/** A run takes about a minute with emulation. A machine that takes this long hangs. */
const deadlineMs = 8 * 60_000;

/** Resolves to a MachineRun. `report` comes from the second serial port, `console` from the first. */
export async function runMachine() {
  const workDirectory = mkdtempSync(join(tmpdir(), 'rdma-machine-'));
  const at = (name) => join(workDirectory, name);
  try {
    const guest = at('guest.cjs');
    await build({
      entryPoints: [join(directory, 'guest.ts')],
      outfile: guest,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      logLevel: 'warning',
    });
    const kernel = guestKernel();
    writeInitramfs(at('initramfs'), { kernel, program, guest });
    const ended = await boot([
      ...qemuArguments(kernel, at),
      '-serial',
      `file:${at('console')}`,
      '-serial',
      `file:${at('report')}`,
    ]);
    const lines = read(at('report'))
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line.startsWith('{'));
    return { ended, report: lines.map((line) => JSON.parse(line)), console: read(at('console')) };
  } finally {
    rmSync(workDirectory, { recursive: true, force: true });
  }
}

function qemuArguments(kernel, at) {
  return [
    ...[
      '-machine',
      'q35',
      '-accel',
      process.env.RDMA_DP_TEST_ACCEL || 'tcg,thread=multi',
      '-cpu',
      'max',
      '-smp',
      '2',
      '-m',
      '1536',
    ],
    ...['-nodefaults', '-display', 'none', '-no-reboot'],
    ...[
      '-device',
      'pcie-root-port,id=port1,chassis=1,slot=1',
      '-netdev',
      'user,id=net1,restrict=on',
      '-device',
      'e1000e,bus=port1,netdev=net1,romfile=',
    ],
    ...['-kernel', kernel.image, '-initrd', at('initramfs')],
    ...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off tsc=reliable no_timer_check net.ifnames=0'],
  ];
}

function boot(words) {
  return new Promise((resolve) => {
    const machine = spawn(pathOf('qemu-system-x86_64'), words, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    machine.stderr.on('data', (bytes) => (stderr += bytes));
    const timer = setTimeout(() => machine.kill('SIGKILL'), deadlineMs);
    machine.on('error', (error) => (stderr += error.message));
    machine.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, stderr });
    });
  });
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
