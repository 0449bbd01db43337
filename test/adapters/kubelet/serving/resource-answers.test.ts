// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals';
import { GrantLog } from '#adapters/kubelet/serving/grant-log.ts';
import { ResourceAnswers } from '#adapters/kubelet/serving/resource-answers.ts';
import { listSizeLimit } from '#domain/kubelet-limits/list-size.ts';
import { aResource, anHca, anOffer } from '../../../support/hca-fixture.ts';
import { RecordedLog } from '../../../support/recorded-log.ts';
import { SteppedClock } from '../../../support/stepped-clock.ts';

const both = [anHca(0), anHca(1)];
const request = { containerRequests: [{ devicesIds: ['0'] }] };

let granted: string[] = [];
beforeEach(() => {
  granted = [];
});

function partsWith(logger = new RecordedLog()): ConstructorParameters<typeof ResourceAnswers>[2] {
  const grantLog = new GrantLog(new SteppedClock(), logger);
  return { logger, grantLog, grants: { granted: (resource, ids) => granted.push(`${resource} ${ids.join()}`) } };
}

describe('ResourceAnswers', () => {
  it('reports each grant, and no refusal', async () => {
    const answers = new ResourceAnswers(anOffer(aResource(), both), null, partsWith());
    await answers.allocate({ containerRequests: [{ devicesIds: ['0'] }, { devicesIds: ['1', '2'] }] });
    await expect(answers.allocate({ containerRequests: [{ devicesIds: ['77'] }] })).rejects.toThrow();
    expect(granted).toEqual(['rdma/hca 0', 'rdma/hca 1,2']);
  });

  it('logs what each container gets', async () => {
    const log = new RecordedLog();
    const answers = new ResourceAnswers(anOffer(aResource(), [anHca(0)]), null, partsWith(log));
    await answers.allocate({ containerRequests: [{ devicesIds: ['0', '2'] }] });
    const nodes = ['/dev/infiniband/uverbs0', '/dev/infiniband/umad0', '/dev/infiniband/rdma_cm'];
    const fields = { resource: 'rdma/hca', shares: '0, 2', hcas: ['mlx5_0'], nodes };
    expect(log.lines).toEqual([{ level: 'info', message: 'shares granted', fields }]);
  });

  it('keeps the prepared answers when an equal offer follows', async () => {
    const answers = new ResourceAnswers(anOffer(aResource(), both), null, partsWith());
    const answer = await answers.allocate(request);
    expect(answers.update(anOffer(aResource(), both))).toBe(false);
    expect(await answers.allocate(request)).toBe(answer);
  });

  it('prepares new answers when an HCA gets another device node and the list of shares stays the same', async () => {
    const answers = new ResourceAnswers(anOffer(aResource(), both), null, partsWith());
    const answer = await answers.allocate(request);
    const renamed = anHca(1, { deviceNodes: [{ kind: 'uverbs', path: '/dev/infiniband/uverbs7', port: null }] });
    expect(answers.update(anOffer(aResource(), [anHca(0), renamed]))).toBe(false);
    const changed = await answers.allocate(request);
    expect(Buffer.from(changed).includes('uverbs7')).toBe(true);
    expect(Buffer.from(answer).includes('uverbs7')).toBe(false);
  });

  it('prepares new answers when the shares grant other HCAs', async () => {
    const answers = new ResourceAnswers(anOffer(aResource(), both), null, partsWith());
    await answers.allocate(request);
    expect(answers.update(anOffer(aResource(), [anHca(0)]))).toBe(false);
    expect(Buffer.from(await answers.allocate(request)).includes('uverbs1')).toBe(false);
  });

  it('logs how many unhealthy shares the list omits, once per list', () => {
    const log = new RecordedLog();
    const offer = anOffer(aResource({ rdmaHcaMax: 1_000 }), both);
    const idPrefix = 'x'.repeat(listSizeLimit / 1_000);
    const shares = offer.shares.flatMap((series) => [
      { ...series, idPrefix, count: 3 },
      { ...series, idPrefix, first: 3, count: 997, healthy: false },
    ]);
    const answers = new ResourceAnswers({ ...offer, shares }, null, partsWith(log));
    expect(answers.list).toBe(answers.list);
    expect(log.lines).toEqual([
      {
        level: 'warning',
        message: 'share list too long; unhealthy shares omitted',
        fields: { resource: 'rdma/hca', omitted: 997 },
      },
    ]);
  });
});
