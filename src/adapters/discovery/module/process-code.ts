// SPDX-License-Identifier: Apache-2.0

/** A request to the process of a module. The answer has the same `id`. */
export type ModuleRequest =
  | { readonly ask: 'scan'; readonly id: number }
  | { readonly ask: 'watch' | 'watchLinks' | 'unwatch' | 'unwatchLinks' | 'hintTaken' };

/** The descriptors of the process, after the three standard ones. */
export const descriptors = { answers: 3, lifeline: 4 } as const;

/**
 * The code of the process in which a discovery module runs. It is a string for two reasons: its `import()` resolves
 * packages and paths from the current directory, which a bundle cannot do; and it is the same from source and built.
 * The arguments are the specifier and the options as JSON. It reads requests from its standard input and writes lines
 * of JSON: `{ hint: true }`, `{ id, answer }`, `{ id, failure }` or `{ crash }`, where a failure is `{ step, message,
 * stack, problems }` and a crash is `{ message, stack }`. After a hint it writes no other until that one was taken.
 * A thread of its own ends the process with this program, also if the module never yields.
 */
export const moduleProcessCode = `'use strict';
const { Socket } = require('node:net');
const { resolve } = require('node:path');
const { createInterface } = require('node:readline');
const { pathToFileURL } = require('node:url');
const { Worker } = require('node:worker_threads');
const [specifier, options] = [process.argv[1], JSON.parse(process.argv[2])];

new Worker(
  "try { require('node:fs').readSync(${descriptors.lifeline}, Buffer.alloc(1)); } catch {} " +
    "process.kill(process.pid, 'SIGKILL');",
  { eval: true, stdout: false, resourceLimits: { maxOldGenerationSizeMb: 8 } },
).unref();
const output = new Socket({ fd: ${descriptors.answers}, readable: false, writable: true });
output.on('error', () => process.exit(0));
const send = (message) => output.write(JSON.stringify(message) + '\\n');

function failure(step, error) {
  const isObject = error !== null && typeof error === 'object';
  const problems = isObject && Array.isArray(error.problems) ? error.problems : null;
  const message = error instanceof Error ? error.message : String(error);
  return { step, message, stack: isObject && typeof error.stack === 'string' ? error.stack : null, problems };
}

process.on('uncaughtException', (error) => {
  const { message, stack } = failure('', error);
  output.end(JSON.stringify({ crash: { message, stack } }) + '\\n', () => process.exit(1));
});

async function step(name, work) {
  try { return await work(); } catch (error) { throw failure(name, error); }
}

async function load() {
  const url = /^\\.{0,2}\\//.test(specifier) ? pathToFileURL(resolve(specifier)).href : specifier;
  const exported = await step('import', () => import(url));
  const factory = exported.createDiscovery ?? exported.default?.createDiscovery;
  if (typeof factory !== 'function') {
    throw failure('import', new Error('it does not export a function createDiscovery'));
  }
  const created = await step('createDiscovery', () => factory(options));
  if (typeof created?.discovery?.scan !== 'function') {
    throw failure('createDiscovery', new Error('it did not return an object with discovery.scan'));
  }
  return created;
}

const loading = load();
loading.catch(() => {});
const stops = new Map();
let isHinting = false;
let isHintMissed = false;

function hint() {
  isHintMissed = isHinting;
  if (isHinting) return;
  isHinting = true;
  send({ hint: true });
}

function hintTaken() {
  isHinting = false;
  if (isHintMissed) hint();
}

async function watch(name) {
  const { hints } = await loading;
  if (typeof hints?.[name] !== 'function' || stops.has(name)) return;
  stops.set(name, hints[name](hint));
}

async function unwatch(name) {
  await loading;
  const stop = stops.get(name);
  stops.delete(name);
  if (typeof stop === 'function') stop();
}

async function scan(id) {
  try {
    const { discovery } = await loading;
    const answer = await step('scan', () => discovery.scan());
    // Throws for a value that JSON cannot express, such as one with a cycle.
    await step('scan', () => send({ id, answer }));
  } catch (failed) {
    try {
      send({ id, failure: failed });
    } catch {
      send({ id, failure: { ...failed, problems: null } });
    }
  }
}

const handlers = {
  scan: ({ id }) => scan(id),
  watch: () => watch('watch'),
  watchLinks: () => watch('watchLinks'),
  unwatch: () => unwatch('watch'),
  unwatchLinks: () => unwatch('watchLinks'),
  hintTaken,
};
// Hints are optional: a module whose watch fails is still scanned periodically.
createInterface({ input: process.stdin }).on('line', async (line) => {
  const request = JSON.parse(line);
  try { await handlers[request.ask](request); } catch {}
});
`;
