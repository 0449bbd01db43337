// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals';
import { statusText } from '#adapters/cli/text/status.ts';
import { busyStatus } from '../../../support/busy-status.ts';
import { aStatus } from '../../../support/status-fixture.ts';

const table = { wide: false, headers: true };

describe('statusText', () => {
  it('shows the program, the resources, the holders, the problems and the last changes', () => {
    const text = statusText(busyStatus(), table);
    expect(text).toMatch(/^Node: +gpu-17\nProgram: +1\.2\.3, commit abc, pid 7\n/);
    expect(text).toMatch(/\n\nRESOURCE +STATE +SHARES +HEALTHY +HCAS +GRANTED +REFUSED\nrdma\/rail +registered +128 /);
    expect(text).toMatch(/\ntrain\/llm-0 +main +rdma\/rail +4 +mlx5_0 +2026-01-02T03:05:00.000Z\n/);
    expect(text).toMatch(/\ndata\/loader +read +rdma\/storage +1 +mlx5_bond_0 +unknown\n/);
    expect(text).toContain(
      '  Container main of train/llm-1 still has the device nodes of mlx5_1 from before\n  a change.\n  Restart the pod.\n',
    );
    expect(text).toContain('\n\nProblems:\nrdma/efa has no shares available: ');
    expect(text).toMatch(/\n\nLast changes:\n2026-01-02T03:04:06.000Z {2}rdma\/rail was registered.\n/);
  });

  it('fits a terminal of 80 columns', () => {
    const lines = statusText(busyStatus(), table).split('\n');
    expect(lines.filter((line) => line.length > 80 && !/^(POD|train|data)/.test(line))).toEqual([]);
  });

  it('shows the HCAs of each resource in the wide form', () => {
    const text = statusText(busyStatus(), { wide: true, headers: false });
    expect(text).toMatch(/\nmlx5_0 +0000:00:00.0 +0 +1:ACTIVE +16\/16 +rdma\/rail +healthy\n/);
    expect(text).not.toMatch(/^(RESOURCE|HCA|POD) +[A-Z]/m);
  });

  it('says what is missing, and that the newest settings are rejected', () => {
    const problem = { code: 'X', actor: 'operator', subject: 'x', message: 'It is bad.', remedy: 'Fix it.' } as const;
    const lastRead = { at: '2026-01-02T03:04:05.100Z', valid: false, problems: [problem] };
    const status = aStatus({ ready: false, missing: ['a is not registered.'] });
    const text = statusText({ ...status, settings: { ...status.settings, lastRead } }, table);
    expect(text).toContain('Ready:          no\n  a is not registered.\n');
    expect(text).toContain('2026-01-02T03:04:05.100Z, rejected; those before stay in effect');
    expect(text).toContain('Problems:\nIt is bad.\n  Fix it.\n');
  });

  it('says that nobody holds a share, or that there are no problems', () => {
    expect(statusText(aStatus({ holders: [] }), table)).toContain('\nNo container holds a share.\n\nNo problems.\n');
  });
});
