// SPDX-License-Identifier: Apache-2.0
import Table from 'cli-table3';

/** The limit in the figure's own unit: as it stands, or as a multiple of the floor's median. Null where there is none. */
export function limitOf({ limit, limitRatio, floor }) {
  if (limitRatio !== undefined) return limitRatio * floor.median;
  return limit ?? null;
}

export function isBreached(figure) {
  const limit = limitOf(figure);
  return limit !== null && figure.program.median > limit;
}

export function table(figures) {
  const head = ['figure', 'unit', 'program', 'floor', 'of', 'ratio', 'limit', ''];
  const out = new Table({
    head,
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'right', 'right', 'left', 'right', 'right', 'left'],
  });
  for (const figure of figures) out.push(row(figure));
  return out.toString();
}

export function markdown(figures) {
  const lines = figures.map((figure) => `| ${row(figure).join(' | ')} |`);
  return [
    '| figure | unit | program | floor | of | ratio | limit | |',
    '|---|---|--:|--:|---|--:|--:|---|',
    ...lines,
  ].join('\n');
}

function row(figure) {
  const { name, unit, program, floor, floorName } = figure;
  const ratio = (program.median / floor.median).toFixed(2);
  return [name, unit, spread(program), spread(floor), floorName, ratio, limitText(figure), verdict(figure)];
}

function spread({ median, min, max }) {
  return `${digits(median)} (${digits(min)}-${digits(max)})`;
}

function limitText(figure) {
  const limit = limitOf(figure);
  if (limit === null) return '';
  return figure.limitRatio === undefined ? digits(limit) : `${figure.limitRatio} x = ${digits(limit)}`;
}

function verdict(figure) {
  if (limitOf(figure) === null) return '';
  return isBreached(figure) ? 'BREACHED' : 'kept';
}

function digits(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
