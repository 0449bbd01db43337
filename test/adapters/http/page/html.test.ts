// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { Html, html } from '#adapters/http/page/html.ts';

describe('html', () => {
  it('escapes text, and keeps HTML and numbers', () => {
    const evil = `<script>"&'`;
    expect(html`<p title="${evil}">${new Html('<b>')}${7}</p>`.text).toBe(
      '<p title="&#60;script&#62;&#34;&#38;&#39;"><b>7</p>',
    );
  });

  it('joins lists', () => {
    expect(html`<ul>${['a', '<'].map((text) => html`<li>${text}</li>`)}</ul>`.text).toBe(
      '<ul><li>a</li><li>&#60;</li></ul>',
    );
  });
});
