// SPDX-License-Identifier: Apache-2.0
// Runs the machine once and gives back what its driving program reported.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { guestKernel } from './guest-kernel.mjs';
import { writeInitramfs } from './initramfs.mjs';
import { pathOf } from './requirements.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const program = fileURLToPath(new URL('../../dist', import.meta.url));

/** Emulation takes a minute; a machine that takes so long hangs. */
const deadlineMs = 8 * 60_000;

/** `report` is a list of objects, one a line of the driving program; `console` is the text of the first serial port. */
export async function runMachine() {
  const workplace = mkdtempSync(join(tmpdir(), 'rdma-machine-'));
  const at = (name) => join(workplace, name);
  try {
    const guest = at('guest.cjs');
    await build({
      entryPoints: [join(here, 'guest.ts')],
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
      ...wordsFor(kernel, at),
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
    rmSync(workplace, { recursive: true, force: true });
  }
}

function wordsFor(kernel, at) {
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
    let said = '';
    machine.stderr.on('data', (bytes) => (said += bytes));
    const timer = setTimeout(() => machine.kill('SIGKILL'), deadlineMs);
    machine.on('error', (error) => (said += error.message));
    machine.on('close', (status, signal) => {
      clearTimeout(timer);
      resolve({ status, signal, said });
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
