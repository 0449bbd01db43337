// SPDX-License-Identifier: Apache-2.0
import type { Fault } from './fault.ts';

/**
 * What the module of a campaign can do wrong. It reads the word from a file, so it can change at any time.
 * @public bench/soaked-node.mjs imports it from a bundle.
 */
export const moduleModes = ['hints', 'leak', 'prints', 'crash', 'spin', 'throws', 'slow', 'invalid'] as const;

/** A discovery module that finds no HCAs, and misbehaves as the file `mode` beside it says. */
export const moduleCode = `
import { readFileSync } from 'node:fs';
const mode = () => {
  try { return readFileSync(new URL('mode', import.meta.url), 'utf8'); } catch { return ''; }
};
const kept = [];
let hint = () => {};
setInterval(() => {
  switch (mode()) {
    case 'hints': for (let i = 0; i < 1000; i += 1) hint(); break;
    case 'leak': kept.push(Buffer.alloc(8e6, 1)); break;
    case 'prints': for (let i = 0; i < 100; i += 1) console.log('x'.repeat(200)); break;
    case 'crash': throw new Error('a crash in a timer');
    case 'spin': for (;;);
  }
}, 20);
const scan = async () => {
  if (mode() === 'throws') throw new Error('no device');
  if (mode() === 'slow') await new Promise((resolve) => setTimeout(resolve, 3000));
  return { hcas: mode() === 'invalid' ? 7 : [] };
};
export const createDiscovery = () => ({ discovery: { scan }, hints: { watch: (onHint) => {
  hint = onHint;
  return () => {};
} } });
`;

const moduleMisbehaves: Fault = {
  name: 'discovery module misbehaves',
  weight: 6,
  targets: ['module'],
  possible: ({ startOptions }) => startOptions.withModule,
  inject(node, random) {
    const mode = random.pick(moduleModes);
    node.setModuleMode(mode);
    return { details: mode, undo: () => node.setModuleMode('') };
  },
};

export const moduleFaults: readonly Fault[] = [moduleMisbehaves];
