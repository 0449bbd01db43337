#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Runs the bundles in the directory of this file. Uses the code that V8 compiled for them at build time, because
// compilation would take half of the startup time of the daemon. Without a code cache for this build of Node.js, V8
// compiles as usual.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { createRequire, wrap } = require('node:module');

const loaded = new Map();
const requireOther = createRequire(__filename);

/** Returns the exports of a bundle. Bundles refer to each other as ./name.cjs. */
function load(name) {
  const cached = loaded.get(name);
  if (cached !== undefined) return cached.exports;
  const filename = path.join(__dirname, name);
  // A bundle is ASCII. Decoding it as Latin-1 is faster than as UTF-8.
  const script = new vm.Script(wrap(fs.readFileSync(filename, 'latin1')), {
    filename,
    cachedData: readCache(filename),
  });
  const bundle = { exports: {}, script, filename };
  loaded.set(name, bundle);
  script.runInThisContext()(bundle.exports, requireFromBundle, bundle, filename, __dirname);
  return bundle.exports;
}

function requireFromBundle(name) {
  return name.startsWith('./') ? load(name.slice(2)) : requireOther(name);
}

function readCache(filename) {
  try {
    return fs.readFileSync(cacheFileOf(filename));
  } catch {
    return undefined;
  }
}

/**
 * Returns the path of the code cache for this build of Node.js. V8 only compares its version number, but builds of
 * Node.js with the same V8 version can have their builtin functions in a different order: Node.js 20.19.0 would accept
 * the code of 20.20.2 and call the wrong functions. The file name therefore identifies the build.
 */
function cacheFileOf(filename) {
  return `${filename}.${process.version}-${process.arch}-${fs.statSync(process.execPath).size}.cache`;
}

// Only the build sets this: a process that has run has compiled the functions that a run needs.
if (process.env.RDMA_DP_WRITE_CODE_CACHE === '1') {
  process.on('exit', () => {
    for (const { script, filename } of loaded.values())
      fs.writeFileSync(cacheFileOf(filename), script.createCachedData());
  });
}
load('bundle.cjs');
