// SPDX-License-Identifier: Apache-2.0
// Checks for leaks of memory and file descriptors: runs the built program with the fake kubelet and a change every
// 100 ms. Meanwhile, a discovery module misbehaves, a driver does not answer at times, another instance comes and goes,
// and now and then there are 128 resources. It needs root for the driver.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { SoakedNode, loadSurroundings } from './soaked-node.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const changeMs = 100;
const sampleMs = 10_000;
/** The allowed growth from the second quarter of the time to the last: garbage is collected late, a leak keeps growing. */
const tolerance = { residentMiB: 8, descriptors: 2 };

function readOptions() {
  try {
    const { values } = parseArgs({
      options: { minutes: { type: 'string', default: '30' }, markdown: { type: 'boolean', default: false } },
    });
    if (Number(values.minutes) >= 1) return { minutes: Number(values.minutes), markdown: values.markdown };
  } catch {
    // The usage below explains the options.
  }
  process.stderr.write('usage: node bench/soak.mjs [--minutes 30] [--markdown]\nAt least one minute.\n');
  return process.exit(2);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** Compares the medians of the second quarter and the last. The first quarter is warm-up. */
function growthOf(samples, pick, bound) {
  const quarter = Math.floor(samples.length / 4);
  const early = median(samples.slice(quarter, 2 * quarter).map(pick));
  const late = median(samples.slice(-quarter).map(pick));
  return { early, late, flat: late - early <= bound };
}

function show({ minutes, residentMiB, descriptors, sockets, changes }, markdown) {
  const cells = [minutes.toFixed(1), residentMiB.toFixed(1), String(descriptors), String(sockets), String(changes)];
  process.stdout.write(
    markdown ? `| ${cells.join(' | ')} |\n` : `${cells.map((cell) => cell.padStart(12)).join('')}\n`,
  );
}

async function main({ minutes, markdown }) {
  const workplace = mkdtempSync(join(tmpdir(), 'rdma-soak-'));
  let soak = null;
  try {
    cpSync(join(root, 'dist'), join(workplace, 'dist'), { recursive: true });
    soak = new SoakedNode(workplace, await loadSurroundings(workplace));
    await soak.start();
    const heads = ['minutes', 'RSS, MiB', 'descriptors', 'sockets', 'changes'];
    process.stdout.write(
      markdown
        ? `| ${heads.join(' | ')} |\n|${' --: |'.repeat(heads.length)}\n`
        : `${heads.map((head) => head.padStart(12)).join('')}\n`,
    );
    await run(soak, minutes, markdown);
    const { status, logMiB } = await soak.end();
    const memory = growthOf(soak.samples, (sample) => sample.residentMiB, tolerance.residentMiB);
    const descriptors = growthOf(soak.samples, (sample) => sample.descriptors, tolerance.descriptors);
    process.stdout.write(
      `\n${soak.changes} changes, ${soak.pods} pods admitted, log ${logMiB.toFixed(1)} MiB, exited with code ${status}\n`,
    );
    process.stdout.write(
      `memory ${memory.early.toFixed(1)} -> ${memory.late.toFixed(1)} MiB: ${memory.flat ? 'flat' : 'GROWS'}; descriptors ${descriptors.early} -> ${descriptors.late}: ${descriptors.flat ? 'flat' : 'GROW'}\n`,
    );
    return memory.flat && descriptors.flat && status === 0 ? 0 : 1;
  } finally {
    await soak?.close();
    rmSync(workplace, { recursive: true, force: true });
  }
}

async function run(soak, minutes, markdown) {
  const begin = performance.now();
  const shown = Math.max(1, Math.round((minutes * 60_000) / sampleMs / 15));
  let next = begin + sampleMs;
  for (let due = begin + changeMs; performance.now() - begin < minutes * 60_000; due += changeMs) {
    await soak.change();
    if (performance.now() >= next) {
      next += sampleMs;
      await soak.rest();
      soak.sample((performance.now() - begin) / 60_000);
      if (soak.samples.length % shown === 0) show(soak.samples.at(-1), markdown);
    }
    await pause(Math.max(0, due - performance.now()));
  }
}

process.exitCode = await main(readOptions());
