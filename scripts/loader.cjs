#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Runs the bundle beside this file with the code that V8 compiled for it when it was built: half of the start-up time of
// the daemon would go into compiling. Code of another V8 is refused by V8, and then the bundle is compiled as usual.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { createRequire, wrap } = require('node:module');

const filename = path.join(__dirname, 'bundle.cjs');
const cacheFile = path.join(__dirname, 'bundle.cache');

function readCache() {
  try {
    return fs.readFileSync(cacheFile);
  } catch {
    return undefined;
  }
}

const script = new vm.Script(wrap(fs.readFileSync(filename, 'utf8')), { filename, cachedData: readCache() });
// Set by the build alone: a warm process knows which functions a start needs.
if (process.env.RDMA_DP_WRITE_CODE_CACHE === '1') {
  process.on('exit', () => fs.writeFileSync(cacheFile, script.createCachedData()));
}
const bundleModule = { exports: {} };
script.runInThisContext()(bundleModule.exports, createRequire(filename), bundleModule, filename, __dirname);
