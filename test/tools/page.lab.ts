// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { number, object, parse, string } from 'valibot';
import { statusPage } from '#adapters/http/page/page.ts';
import { busyStatus } from '../support/busy-status.ts';
import { describeTier } from '../support/tier-group.ts';

const seen = object({
  width: number(),
  overflow: number(),
  cardsInARow: number(),
  background: string(),
  least: number(),
});

/**
 * Runs in the browser, after the page. `least` is the lowest contrast of a text with what is behind it (WCAG 2.2,
 * relative luminance).
 */
const measure = `<script>
const luminance = (color) => {
  const [r, g, b] = color.match(/[\\d.]+/g).map((part) => part / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  const color = getComputedStyle(element).backgroundColor;
  return color === 'rgba(0, 0, 0, 0)' && element.parentElement ? behind(element.parentElement) : color;
};
const contrast = (element) => {
  const pair = [getComputedStyle(element).color, behind(element)].map(luminance).toSorted((a, b) => b - a);
  return (pair[0] + 0.05) / (pair[1] + 0.05);
};
const texts = [...document.body.querySelectorAll('*')].filter((element) =>
  [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '') && element.tagName !== 'SCRIPT');
const rails = [...document.querySelectorAll('h2')].find((title) => title.textContent === 'NUMA node 0').nextElementSibling;
const tops = [...rails.children].map((card) => card.getBoundingClientRect().top);
document.title = JSON.stringify({
  width: document.documentElement.clientWidth,
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  cardsInARow: tops.filter((top) => top === tops[0]).length,
  background: getComputedStyle(document.body).backgroundColor,
  least: Math.min(...texts.map(contrast)),
});
</script>`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'page-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describeTier('the page in Chromium', () => {
  it.each([
    ['light', 1200, 'rgb(246, 247, 249)', 4],
    ['dark', 1200, 'rgb(13, 17, 23)', 4],
    ['light', 500, 'rgb(246, 247, 249)', 1],
    ['dark', 500, 'rgb(13, 17, 23)', 1],
  ])(
    'is readable in the %s scheme at %i pixels',
    (scheme, width, background, cardsInARow) => {
      const file = join(directory, 'page.html');
      writeFileSync(file, statusPage(busyStatus()).replace('</body>', `${measure}</body>`));
      const words = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', `--window-size=${width},2000`];
      const preference = `--blink-settings=preferredColorScheme=${scheme === 'dark' ? 0 : 1}`;
      const { stdout } = spawnSync('chromium', [...words, preference, '--dump-dom', `file://${file}`], {
        encoding: 'utf8',
        env: { ...process.env, HOME: directory },
      });
      const title = /<title>(.*?)<\/title>/.exec(stdout)?.[1] ?? '{}';
      const measured = parse(seen, JSON.parse(title));
      expect(measured).toMatchObject({ width, overflow: 0, background, cardsInARow });
      // Level AA of WCAG 2.2 for texts.
      expect(measured.least).toBeGreaterThanOrEqual(4.5);
    },
    120_000,
  );
});
