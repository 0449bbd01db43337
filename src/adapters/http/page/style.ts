// SPDX-License-Identifier: Apache-2.0
import { Html } from './html.ts';

/** Colors are by meaning, light and dark. Columns follow from the width of the window. */
export const style = new Html(`<style>
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #fff; --line: #d7dbe0; --text: #1b1f24; --soft: #57606a;
  --good: #1a7f37; --warn: #9a6700; --bad: #cf222e; --fill: #0969da; --track: #e4e8ec; }
@media (prefers-color-scheme: dark) { :root {
  --page: #0d1117; --card: #161b22; --line: #30363d; --text: #e6edf3; --soft: #9198a1;
  --good: #3fb950; --warn: #d29922; --bad: #f85149; --fill: #4493f8; --track: #30363d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 75rem; background: var(--page); color: var(--text);
  font: 0.9375rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.375rem; margin: 0; }
h2 { font-size: 1.0625rem; margin: 1.5rem 0 0.5rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: 0.25rem 0; } ul { margin: 0.25rem 0; padding: 0; list-style: none; }
.soft { color: var(--soft); } .good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
.cards { display: grid; gap: 0.75rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 0.5rem; padding: 0.75rem; }
.row { display: flex; flex-wrap: wrap; gap: 0 0.75rem; align-items: baseline; justify-content: space-between; }
.bar { height: 0.5rem; border-radius: 0.25rem; background: var(--track); overflow: hidden; margin: 0.375rem 0; }
.bar div { height: 100%; background: var(--fill); }
.problem { border-left: 0.25rem solid var(--warn); padding-left: 0.5rem; margin: 0.5rem 0; }
.problem.bad { border-color: var(--bad); color: inherit; }
table { border-collapse: collapse; width: 100%; } td { padding: 0.125rem 0.75rem 0.125rem 0; vertical-align: top; }
td:first-child { white-space: nowrap; color: var(--soft); }
@media (max-width: 40rem) { td { display: block; padding-right: 0; } }
</style>`);
