// SPDX-License-Identifier: Apache-2.0
// The computed tables of docs/scale.md, from the pace that the program keeps. What is measured is a constant here, with
// its origin.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { comeBack, seeded } from '../bench/scale-model.mjs';
import { splice } from './generate-docs.mjs';

const nodes = 10_000;
/** The bytes of a ConfigMap as the API returns it: half settings, half metadata. */
const objectBytes = 2_048;
/**
 * What the API server sends for a request without the object: its part of TLS and the response header. Measured against
 * kube-apiserver 1.37.2.
 */
const answerBytes = 2_600;
const bookmarkBytes = 170;
/** Pods that may be down at once, and for how long: minReadySeconds of the DaemonSet and a start. */
const update = { atOnce: 500, seconds: 15 };
const downSeconds = [0, 2, 5, 10, 30, 120, 600];

/**
 * Returns docs/scale.md with its tables computed again, without writing it.
 * @param {string} root the repository
 * @returns {Promise<Array<{path: string, content: string}>>} paths from the root
 */
export async function generateScale(root) {
  const page = await readFile(join(root, 'docs/scale.md'), 'utf8');
  const { WatchPauses, usualPace } = await loadPace(root);
  const withLoad = splice(page, 'load', loadTable(usualPace));
  return [
    {
      path: 'docs/scale.md',
      content: splice(
        withLoad,
        'restart',
        restartTable((random) => new WatchPauses(usualPace, random)),
      ),
    },
  ];
}

/** @param {import('../src/adapters/kubernetes/config-map/watch-pace.ts').WatchPace} pace */
function loadTable({ watchSeconds }) {
  const mean = (watchSeconds.least + watchSeconds.most) / 2;
  const start = 2 * (objectBytes + answerBytes);
  const updateSeconds = (nodes / update.atOnce) * update.seconds;
  const rows = [
    [
      `pods replaced, ${update.atOnce} at once`,
      `2 × ${update.atOnce} / ${update.seconds} s`,
      ...perSecond((2 * nodes) / updateSeconds),
      megabytes((start * nodes) / updateSeconds),
    ],
    [
      'all nodes start within a minute',
      `2 × ${grouped(nodes)} / 60 s`,
      ...perSecond((2 * nodes) / 60),
      megabytes((start * nodes) / 60),
    ],
    [
      'steady state: watches renewed',
      `${grouped(nodes)} / ${mean} s`,
      ...perSecond(nodes / mean),
      megabytes((answerBytes * nodes) / mean),
    ],
    ['steady state: bookmarks', `${grouped(nodes)} / 60 s`, '0', '0', megabytes((bookmarkBytes * nodes) / 60)],
    ['a change', 'an event on each open watch', '0', '0', megabytes(objectBytes * nodes)],
  ];
  return table(
    ['What', 'How often', 'Requests per second', 'TLS handshakes per second', 'MB per second from the API servers'],
    rows,
  );
}

/** @param {(random: () => number) => unknown} makePauses */
function restartTable(makePauses) {
  const rows = downSeconds.map((seconds) => {
    const { requests, inVain, peak, halfMs, lastMs } = comeBack({
      nodes,
      downMs: seconds * 1_000,
      random: seeded(seconds),
      makePauses,
    });
    const back = [halfMs, lastMs].map((ms) => `${(ms / 1_000).toFixed(0)} s`);
    return [
      `${seconds} s`,
      grouped(inVain),
      grouped(requests),
      grouped(peak),
      ...back,
      megabytes(requests * answerBytes + nodes * objectBytes),
    ];
  });
  return table(
    [
      'Down for',
      'Failed tries',
      'Requests afterwards',
      'In the busiest second',
      'Half of the nodes back after',
      'Last node back after',
      'Total MB',
    ],
    rows,
  );
}

/** @param {number} requests each has a connection of its own */
function perSecond(requests) {
  const text = requests < 100 ? requests.toFixed(0) : grouped(Math.round(requests));
  return [text, text];
}

/** @param {number} bytes */
function megabytes(bytes) {
  return (bytes / 1e6).toPrecision(2);
}

/** @param {number} value */
function grouped(value) {
  return value.toLocaleString('en');
}

/**
 * @param {readonly string[]} heads
 * @param {ReadonlyArray<readonly string[]>} rows
 */
function table(heads, rows) {
  const rule = heads.map((_, i) => (i === 0 ? '---' : '--:'));
  return [heads, rule, ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}

/**
 * @param {string} root
 * @returns {Promise<typeof import('../src/adapters/kubernetes/config-map/watch-pace.ts')>}
 */
async function loadPace(root) {
  const entryPoints = [join(root, 'src/adapters/kubernetes/config-map/watch-pace.ts')];
  const { outputFiles } = await build({
    entryPoints,
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
    logLevel: 'error',
  });
  return await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
