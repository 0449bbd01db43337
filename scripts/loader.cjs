#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Runs the bundles beside this file with the code that V8 compiled for them when they were built: half of the start-up time
// of the daemon would go into compiling. Where there is none for this very node, a bundle is compiled as usual.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { createRequire, wrap } = require('node:module');

const loaded = new Map();
const requireOther = createRequire(__filename);

/** What the bundle exports; bundles name each other as ./name.cjs. */
function load(name) {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const filename = path.join(__dirname, name);
  // A bundle is plain ASCII, which Latin-1 reads without looking at each byte.
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
    return fs.readFileSync(cacheOf(filename));
  } catch {
    return undefined;
  }
}

/**
 * V8 refuses code of another V8 by the number of its version alone, and Node has built several with the same number whose builtin
 * functions stand in another order: Node 20.19.0 would take the code of 20.20.2 and call one for another. So the name says of which node it is.
 */
function cacheOf(filename) {
  return `${filename}.${process.version}-${process.arch}-${fs.statSync(process.execPath).size}.cache`;
}

// Set by the build alone: a process that has run knows which functions a run needs.
if (process.env.RDMA_DP_WRITE_CODE_CACHE === '1') {
  process.on('exit', () => {
    for (const { script, filename } of loaded.values()) fs.writeFileSync(cacheOf(filename), script.createCachedData());
  });
}
load('bundle.cjs');
