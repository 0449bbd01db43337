// SPDX-License-Identifier: Apache-2.0
// Loaded into the program before it starts. At each SIGUSR2, shifts the program's wall clock by the milliseconds in the
// file that JUMPING_CLOCK names. The monotonic clock stays as it is.
'use strict';
const { readFileSync } = require('node:fs');

const MachineDate = globalThis.Date;
let aheadMs = 0;

globalThis.Date = class Date extends MachineDate {
  constructor(...words) {
    if (words.length === 0) super(Date.now());
    else super(...words);
  }

  static now() {
    return MachineDate.now() + aheadMs;
  }
};

process.on('SIGUSR2', () => {
  aheadMs = Number(readFileSync(process.env.JUMPING_CLOCK, 'utf8'));
});
