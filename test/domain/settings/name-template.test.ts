// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { type TemplateValues, fillTemplate, templateFault } from '#domain/settings/name-template.ts';

const values: TemplateValues = { rdmaDevice: 'mlx5_0', pciAddress: '0000:3b:00.1', numaNode: '1', rail: null };

describe('name template', () => {
  it.each([
    ['hca_{rdmaDevice}', 'hca_mlx5_0'],
    ['{pciAddress}', '0000-3b-00.1'],
    ['numa{numaNode}-{rdmaDevice}.x', 'numa1-mlx5_0.x'],
    ['{numaNode}_{numaNode}', '1_1'],
  ])('%s takes the values of an HCA and replaces characters that the kubelet rejects by "-"', (template, name) => {
    expect(templateFault(template)).toBeNull();
    expect(fillTemplate(template, values).name).toBe(name);
  });

  it('names the value that an HCA lacks', () => {
    expect(fillTemplate('{numaNode}_{rail}', values)).toEqual({ name: null, missing: 'rail' });
  });

  it('keeps the exact values, which distinguish two HCAs with the same name', () => {
    const exact = (rdmaDevice: string): unknown => fillTemplate('{rdmaDevice}', { ...values, rdmaDevice });
    expect(exact('a+b')).toEqual({ name: 'a-b', exact: 'a+b' });
    expect(exact('a-b')).toEqual({ name: 'a-b', exact: 'a-b' });
  });

  it('treats a value neither as a pattern nor as a placeholder', () => {
    expect(fillTemplate('{rdmaDevice}', { ...values, rdmaDevice: '$&{rail}$1' }).name).toBe('---rail--1');
  });

  it.each([
    ['hca_{ifName}', 'has the unknown placeholder {ifName}'],
    ['hca_{RdmaDevice}', 'has the unknown placeholder {RdmaDevice}'],
    ['hca_{}', 'has the unknown placeholder {}'],
    ['hca_{rail', 'has an unmatched brace'],
    ['hca_{rail}}', 'has an unmatched brace'],
    ['hca', 'has no placeholder'],
    ['{numaNode}{rail}', 'has two placeholders with nothing between them'],
  ])('%s is rejected because it %s', (template, fault) => {
    expect(templateFault(template)).toBe(fault);
  });
});
