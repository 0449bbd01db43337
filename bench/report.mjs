// SPDX-License-Identifier: Apache-2.0
/** Returns the limit in the unit of the figure: an absolute one, or a multiple of the floor's median. Null for none. */
function limitOf({ limit, limitRatio, floor }) {
  if (limitRatio !== undefined) return limitRatio * floor.median;
  return limit ?? null;
}

export function isBreached(figure) {
  const limit = limitOf(figure);
  return limit !== null && figure.program.median > limit;
}

const heads = ['figure', 'unit', 'program', 'floor', 'of', 'ratio', 'limit', ''];
const numeric = new Set(['program', 'floor', 'ratio', 'limit']);

export function table(figures) {
  const rows = [heads, ...figures.map(row)];
  const widths = heads.map((_head, column) => Math.max(...rows.map((cells) => cells[column].length)));
  const align = (cell, column) =>
    numeric.has(heads[column]) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]);
  return rows.map((cells) => cells.map(align).join('  ').trimEnd()).join('\n');
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
  const comparison =
    floor === undefined ? ['', '', ''] : [spread(floor), floorName, (program.median / floor.median).toFixed(2)];
  return [name, unit, spread(program), ...comparison, limitText(figure), verdict(figure)];
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
  return isBreached(figure) ? 'BREACHED' : 'ok';
}

function digits(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
