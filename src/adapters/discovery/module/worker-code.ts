// SPDX-License-Identifier: Apache-2.0

/** A request to a worker. The answer has the same `id`. */
export type ModuleRequest =
  { readonly ask: 'scan'; readonly id: number } | { readonly ask: 'watch' | 'watchLinks' | 'unwatch' | 'unwatchLinks' };

/**
 * The code of the thread in which a discovery module runs. It is a string for two reasons: its `import()` resolves
 * packages and paths from the current directory, which a bundle cannot do; and it is the same from source and built.
 * `workerData` is `{ specifier, options }`. It posts `{ hint: true }`, `{ id, answer }` or `{ id, failure: { step,
 * message, problems } }`.
 */
export const moduleWorkerCode = `'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { resolve } = require('node:path');
const { pathToFileURL } = require('node:url');
const { specifier, options } = workerData;

function failure(step, error) {
  const problems = error !== null && typeof error === 'object' && Array.isArray(error.problems) ? error.problems : null;
  const message = error instanceof Error ? error.message : String(error);
  return { step, message, problems };
}

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
    // Throws for a value that cannot be cloned, such as one with functions.
    await step('scan', () => parentPort.postMessage({ id, answer }));
  } catch ({ step, message, problems }) {
    try {
      parentPort.postMessage({ id, failure: { step, message, problems } });
    } catch {
      parentPort.postMessage({ id, failure: { step, message, problems: null } });
    }
  }
}

const handlers = {
  scan: ({ id }) => scan(id),
  watch: () => watch('watch'),
  watchLinks: () => watch('watchLinks'),
  unwatch: () => unwatch('watch'),
  unwatchLinks: () => unwatch('watchLinks'),
};
// Hints are optional: a module whose watch fails is still scanned periodically.
parentPort.on('message', (request) => void handlers[request.ask](request).catch(() => {}));
`;
