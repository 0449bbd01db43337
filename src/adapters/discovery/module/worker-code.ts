// SPDX-License-Identifier: Apache-2.0

/** What a worker is told. `id` comes back with the answer. */
export type ModuleRequest =
  { readonly ask: 'scan'; readonly id: number } | { readonly ask: 'watch' | 'watchLinks' | 'unwatch' | 'unwatchLinks' };

/**
 * The code of the thread in which a discovery module runs. A text, for two reasons: `import()` in it resolves from the current
 * directory, packages included, by the rules for ES modules, which no bundle can do; and it is the same from source and built.
 * `workerData` is `{ specifier, options }`. It posts `{ hint: true }`, `{ id, answer }` or `{ id, failure: { step, message, problems } }`.
 */
export const moduleWorkerCode = `'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { resolve } = require('node:path');
const { pathToFileURL } = require('node:url');
const { specifier, options } = workerData;

function wrong(step, error) {
  const problems = error !== null && typeof error === 'object' && Array.isArray(error.problems) ? error.problems : null;
  const message = error instanceof Error ? error.message : String(error);
  return { step, message, problems };
}

async function step(name, work) {
  try { return await work(); } catch (error) { throw wrong(name, error); }
}

async function load() {
  const place = /^\\.{0,2}\\//.test(specifier) ? pathToFileURL(resolve(specifier)).href : specifier;
  const found = await step('import', () => import(place));
  const factory = found.createDiscovery ?? found.default?.createDiscovery;
  if (typeof factory !== 'function') throw wrong('import', new Error('it exports no function createDiscovery'));
  const made = await step('createDiscovery', () => factory(options));
  if (typeof made?.discovery?.scan !== 'function') throw wrong('createDiscovery', new Error('what it gave has no discovery.scan'));
  return made;
}

const loading = load();
loading.catch(() => {});
const stops = new Map();

async function watch(name) {
  const { hints } = await loading;
  if (typeof hints?.[name] !== 'function' || stops.has(name)) return;
  stops.set(name, hints[name](() => parentPort.postMessage({ hint: true })));
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
    // A value that cannot be copied, as one with functions in it, throws here.
    await step('scan', () => parentPort.postMessage({ id, answer }));
  } catch ({ step, message, problems }) {
    try {
      parentPort.postMessage({ id, failure: { step, message, problems } });
    } catch {
      parentPort.postMessage({ id, failure: { step, message, problems: null } });
    }
  }
}

const acts = {
  scan: ({ id }) => scan(id),
  watch: () => watch('watch'),
  watchLinks: () => watch('watchLinks'),
  unwatch: () => unwatch('watch'),
  unwatchLinks: () => unwatch('watchLinks'),
};
// Hints are an extra: a module whose watching fails is still scanned at each period.
parentPort.on('message', (request) => void acts[request.ask](request).catch(() => {}));
`;
